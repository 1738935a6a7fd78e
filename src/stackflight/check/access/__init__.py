"""Permissions and policies."""
