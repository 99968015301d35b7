"""The command-line tool ``dalil``."""
