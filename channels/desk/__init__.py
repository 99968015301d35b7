"""The librarians' desk on the web: a page to sign in to, its API, and what it is told as it happens."""
