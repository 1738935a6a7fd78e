"""All verbs by name, in the order of the help; only the one that is asked for is loaded."""

from __future__ import annotations

from importlib import import_module

from stackflight.cli.arguments import Verb
from stackflight.cli.keys import with_stages

_HOMES = {
    "check": "checking",
    "review": "reviewing",
    "rehearse": "rehearsing",
    "price": "pricing",
    "diff": "comparing",
    "deploy": "deploying",
    "watch": "watching",
    "cancel": "cancelling",
    "runs": "running",
    "diagnose": "diagnosing",
    "serve": "serving",
    "doctor": "doctoring",
    "rights": "entitling",
    "checks": "explaining",
    "explain": "explaining",
    "presets": "presets",
    "init": "starting",
}
"""The module of `stackflight.cli` that holds each; there it is a constant of its name in capitals."""

NAMES = tuple(_HOMES)


def load_verb(name: str) -> Verb | None:
    """The verb of a name; None where there is none."""
    home = _HOMES.get(name)
    if home is None:
        return None
    verb: Verb = getattr(import_module(f"stackflight.cli.{home}"), name.upper())
    return with_stages(verb)


def load_verbs() -> tuple[Verb, ...]:
    """All of them."""
    return tuple(verb for name in NAMES if (verb := load_verb(name)) is not None)
