"""Deadlines and signals."""
