"""`%%NAME%%`: what a release script fills in before a template is deployed."""

from __future__ import annotations

from stackflight.patterns import compile_later

PLACEHOLDER = compile_later(r"%%([A-Z][A-Z0-9_]*)%%")
