"""The account and its names."""
