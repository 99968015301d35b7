"""The store: the one place where what people said is kept."""
