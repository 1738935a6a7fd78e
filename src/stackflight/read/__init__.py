"""Text in, nouns out: templates, assemblies, networks and needs."""
