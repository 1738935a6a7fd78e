"""Adapters to the machine that stackflight runs on."""
