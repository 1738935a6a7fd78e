"""A preset name or a TOML file and `key=value` overrides in, one validated `Settings` out.

A settings file is `preset = "standard-dev"` and the keys in which the deployment differs from it; every key is a
field of `Settings`. Unknown keys, wrong values and keys without effect are errors that name file and line. Paths in a
settings file are relative to that file.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from librechat_aws.errors import SettingsError
from librechat_aws.presets import PRESETS
from librechat_aws.settings import LOG_DAYS, Settings


@dataclass(frozen=True)
class Request:
    """Validated settings, the preset they started from, where each explicit key was written, and the file's folder."""

    preset: str
    settings: Settings
    explicit: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()

    def path(self, text: str) -> Path:
        """A path as a person wrote it, relative to the settings file."""
        return self.folder / text

    def refuse(self, keys: Sequence[str], reason: str, hint: str) -> SettingsError:
        """The error for a combination, pointing at the first of `keys` that a person wrote."""
        place = next((self.explicit[key] for key in keys if key in self.explicit), "")
        return SettingsError(f"{place}: {reason}" if place else reason, hint)


def read_request(
    source: str, overrides: Sequence[str] = (), *, like: str | None = None, but: Collection[str] = ()
) -> Request:
    """Settings from a preset name or a path ending in `.toml`, with `key=value` overrides applied last.

    Of the settings file `like` all keys are taken first, `but` these. Raises SettingsError: unknown preset or key, wrong
    value, unreadable file.
    """
    written, places = _read_file(Path(source)) if source.endswith(".toml") else ({"preset": source}, {})
    if like is not None:
        kept, lines = _read_file(Path(like))
        written = {key: value for key, value in kept.items() if key not in but} | written
        places = lines | places
    for override in overrides:
        key, value = _parse_override(override)
        written[key] = value
        places[key] = f"--set {override}"
    preset = written.pop("preset", None)
    if not isinstance(preset, str):
        raise SettingsError(f"{source}: no preset is named", 'Add a line like: preset = "standard-dev"')
    if preset not in PRESETS:
        raise SettingsError(f"unknown preset {preset!r}", _nearest(preset, PRESETS))
    for key in written:
        if key not in Settings.model_fields:
            place = places.get(key, source)
            raise SettingsError(f"{place}: unknown key {key!r}", _nearest(key, Settings.model_fields))
    settings = _validate({**PRESETS[preset].settings, **written}, places)
    named = like or source
    folder = Path(named).parent if named.endswith(".toml") else Path()
    return Request(preset, settings, {key: places.get(key, source) for key in written}, folder)


def _read_file(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}", "Give a preset name or a readable .toml") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not a text file", "A settings file is TOML in UTF-8.") from error
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}", 'A line looks like: egress = "nat-gateway"') from error
    places = {key: f"{path}:{_line_of(key, text)}" for key in written}
    return written, places


def _line_of(key: str, text: str) -> int:
    pattern = re.compile(rf"^\s*(\[\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.match(line):
            return number
    return 1


def _parse_override(text: str) -> tuple[str, Any]:
    key, separator, raw = text.partition("=")
    key = key.strip()
    if not separator or not key:
        raise SettingsError(f"--set {text}: not of the form key=value", "For example: --set egress=endpoints")
    try:
        return key, tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return key, raw.strip()


def _validate(values: Mapping[str, Any], places: Mapping[str, str]) -> Settings:
    floats = {key for key, info in Settings.model_fields.items() if info.annotation is float}
    values = {key: float(v) if key in floats and type(v) is int else v for key, v in values.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0])
        place = places.get(key, key)
        about = Settings.model_fields[key].description or ""
        raise SettingsError(f"{place}: {key}: {first['msg']}, not {first['input']!r}", about) from error
    if settings.log_days not in LOG_DAYS:
        nearest = min(LOG_DAYS, key=lambda days: abs(days - settings.log_days))
        place = places.get("log_days", "log_days")
        raise SettingsError(
            f"{place}: log_days: CloudWatch has no retention of {settings.log_days} days", f"Nearest: {nearest}"
        )
    return settings


def _nearest(word: str, known: Mapping[str, object]) -> str:
    matches = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(matches)}?" if matches else f"Known: {', '.join(known)}"
