"""What the library says about itself: the staff's files, and the engine that serves them."""
