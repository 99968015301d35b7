"""Checking, indexing and searching the staff's files."""
