"""A fact's sentence and the resource that it speaks of -> the sentence with what stands in the template."""

from __future__ import annotations

import re

from stackflight.check.case import listed
from stackflight.check.rows.scope import Scope
from stackflight.model.identify import resource_named
from stackflight.model.value import Value, render
from stackflight.patterns import compile_later

_SLOT = compile_later(r"\{([A-Za-z0-9_./>\[\]]+)\}")
_LONGEST = 60


def worded(sentence: str, scope: Scope, **given: str) -> str:
    """The sentence with its slots filled: `{subject}` is the resource, `{PATH}` what stands at a path of properties."""

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name == "subject":
            return str(scope.resource.address)
        return given[name] if name in given else _values(scope, name)

    return _SLOT.sub(fill, sentence)


def _values(scope: Scope, path: str) -> str:
    found = listed((_value(scope, value) for value in scope.values(path)), limit=4)
    return found or path.rpartition(".")[2].removesuffix("[]")


def _value(scope: Scope, value: Value) -> str:
    named = resource_named(scope.case.world, value)
    text = str(named.address) if named is not None else render(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
