"""Updates of what is deployed already."""
