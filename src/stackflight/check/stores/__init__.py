"""Data stores and secrets."""
