"""Functions and their events."""
