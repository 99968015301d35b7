"""The conversation core, the engine's side, and the commands that run them."""
