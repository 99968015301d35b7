"""Telegram: patrons in private chats, librarians in the topics of a group."""
