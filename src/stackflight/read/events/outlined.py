"""What the AWS CLI prints with --output yaml or yaml-stream -> the document, whatever was asked for and wherever a long text is broken."""

from __future__ import annotations

import re
from typing import Any

import yaml

from stackflight.errors import UnreadableInput
from stackflight.patterns import compile_later
from stackflight.read.events.clean import LONG_TEXT
from stackflight.read.shallow import require_shallow

_BEGINS = compile_later(r"\s*(?:- |[A-Za-z]{2,40}:\s*(?:\[\])?\r?\n\s*- )")
# Values that are named once and used again multiply; the AWS CLI prints none.
_ANCHOR = compile_later(r"(?:^|[:-] +)&\w", re.MULTILINE)


def load_yaml(text: str) -> Any:
    """The document, all its values texts; None where it is no YAML of lists."""
    if len(text) > LONG_TEXT or not _BEGINS.match(text) or _ANCHOR.search(text):
        return None
    try:
        require_shallow(text, "")
        return yaml.load(text, _LOADER)
    except (yaml.YAMLError, UnreadableInput, RecursionError, ValueError):
        return None


_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
