"""One adapter for each network patrons write from, and the desks beside them."""
