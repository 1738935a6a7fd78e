"""Template text (YAML or JSON) -> Template: intrinsics in long form, source positions kept."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackflight.errors import UnreadableInput
from stackflight.model.template import Raw, Template
from stackflight.patterns import compile_later
from stackflight.read.json_document import JsonPositions, parse_json
from stackflight.read.kinds import require_cloudformation
from stackflight.read.placeholders import quote
from stackflight.read.sam import expand_sam, is_sam

if TYPE_CHECKING:
    from stackflight.read.yaml_positions import YamlPositions


def parse_template(text: str, file: str) -> Template:
    """Parse a template. Raises UnreadableInput with file, line and hint where it is none."""
    if "\x00" in text[:4096]:
        raise UnreadableInput(
            "this is a binary file, not a template",
            file=file,
            hint="give a template in YAML or JSON, or a cdk.out folder",
        )
    if not text.strip():
        raise UnreadableInput("the file is empty", file=file, hint="a template needs at least a Resources section")
    text = _pair_surrogates(text) if _looks_like_json(text) else quote(text)
    body, positions = parse_document(text, file)
    require_cloudformation(body, positions, file)
    if not is_sam(body):
        return Template(file, body, positions, text)
    expanded = expand_sam(body, file)
    return Template(file, expanded.body, replace(positions, origins=expanded.origins), text, expanded.unread)


def parse_document(text: str, file: str) -> tuple[Raw, YamlPositions | JsonPositions]:
    """Parse YAML or JSON to plain data. Raises UnreadableInput where it is neither."""
    if _looks_like_json(text):
        return parse_json(_pair_surrogates(text.lstrip("\ufeff")), file)
    from stackflight.read.yaml_document import (
        parse_yaml,  # loading YAML takes longer than checking many a JSON template
    )

    return parse_yaml(text, file)


def _looks_like_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} and not re.match(r"\s*\{\s*[A-Za-z{]", text)


_SURROGATES = compile_later(r"\\[^u]|(\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|(\\u[dD][89a-fA-F]..)", re.DOTALL)


def _pair_surrogates(text: str) -> str:
    """JSON text in which an escaped half of a character stands for an unknown one, as many columns wide.

    No half can be written as UTF-8, and other readers refuse the whole text for it.
    """
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _SURROGATES.sub(lambda match: r"\ufffd" if match[2] else match[0], text)
