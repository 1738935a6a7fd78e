"""A `Request` in, the text of the settings file that says the same out; the reader of the file is `settings`."""

from __future__ import annotations

import json
import textwrap

from librechat_aws.presets import PRESETS
from librechat_aws.request import Request
from librechat_aws.settings import Settings


def render_settings(request: Request) -> str:
    """What differs from the preset, each key with its meaning; what was asked for and is as the preset has it follows."""
    usual = PRESETS[request.preset].settings
    differing: list[tuple[str, object]] = []
    same: list[tuple[str, object]] = []
    for key in request.explicit:
        value = getattr(request.settings, key)
        if value is None:
            continue
        alike = value == usual.get(key, Settings.model_fields[key].default)
        (same if alike else differing).append((key, value))
    lines = ["# LibreChat on AWS. Every key is explained in docs/reference/librechat.md."]
    lines.append(f"preset = {json.dumps(request.preset)}")
    for key, value in differing:
        lines += ["", *_meaning(key), f"{key} = {_toml(value)}"]
    if same:
        lines += ["", "# As the preset has it:", *(f"# {key} = {_toml(value)}" for key, value in same)]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML has it: JSON's form, but for tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _meaning(key: str) -> list[str]:
    text = Settings.model_fields[key].description or ""
    return textwrap.wrap(text, 100, initial_indent="# ", subsequent_indent="# ", break_long_words=False)
