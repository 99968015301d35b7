"""Recognising what a patron wants. Numpy and scipy only, so that it runs in both environments."""
