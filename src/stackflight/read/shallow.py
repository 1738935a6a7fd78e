"""YAML that can be composed: libyaml does it by calling itself, without a limit, and ends the process where a text is too deep."""

from __future__ import annotations

from typing import Any

import yaml

from stackflight.errors import UnreadableInput
from stackflight.model.budgets import NESTED_VALUES
from stackflight.patterns import compile_later

_FLAT = 2_000
_INDENTS = compile_later(r"(?:^|[\r\n\x85\u2028\u2029])[ ?-]+")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The fastest loader there is; what a plain scalar is, CloudFormation decides and not YAML."""

    def resolve(self, kind: type[yaml.Node], value: object, implicit: object) -> str:  # noqa: ARG002 -- as its parent
        return "tag:yaml.org,2002:str"


def yaml_loader(text: str) -> Any:
    """A loader that composes nodes; tags are those that the text gives."""
    return _Loader(text)


def require_shallow(text: str, file: str) -> None:
    """Raises UnreadableInput where a text is nested so deeply that composing it would end the process.

    Only a text that opens brackets, or indents, often enough to be nested thousands of levels deep is looked through, one event
    after the other.
    """
    indented = max(map(len, _INDENTS.findall(text)), default=0)
    if text.count("[") + text.count("{") + indented < _FLAT:
        return
    loader, level = yaml_loader(text), 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                level += 1
                if level > NESTED_VALUES.most:
                    line = event.start_mark.line + 1 if event.start_mark else None
                    message, hint = f"the document is not readable: {NESTED_VALUES}", "is this really a template?"
                    raise UnreadableInput(message, file=file, line=line, hint=hint)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                level -= 1
    finally:
        loader.dispose()
