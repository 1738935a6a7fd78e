"""Verbs composed to operations; the world is reached through ports only."""
