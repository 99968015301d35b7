"""What desks have in common whose place for a handoff is a thread of messages: Slack's and Telegram's."""
