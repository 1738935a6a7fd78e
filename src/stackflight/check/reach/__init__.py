"""Reachability."""
