"""Benchmarks: quality on ../shared/data, and speed side by side with Rasa's starter pipeline."""
