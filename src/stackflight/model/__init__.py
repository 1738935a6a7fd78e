"""Nouns: frozen data, standard library only. Nothing here reads a file or knows a view."""
