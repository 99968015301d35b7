"""Slack: patrons in direct messages and mentions, librarians in the threads of a channel."""
