"""Examples that a library adds itself: checked for personal data, kept outside of the code, trained on."""
