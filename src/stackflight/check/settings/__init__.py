"""Settings of resources."""
