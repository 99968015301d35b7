"""What runs inside the engine (Rasa's own environment): the only place that imports rasa."""
