"""The web channel: the widget's own protocol and Rasa's, on one Socket.IO server, and the demo page."""
