"""Nouns -> findings: what cannot work, with its proof and its remedy."""
