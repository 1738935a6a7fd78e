"""The resource provider schemas that cloudformation-validate carries -> type, properties, and the properties of its parts.

The package holds them compressed inside its native library, and has no call that lists them; each Zstandard frame of the
library is opened, and the one with schemas is taken. A release that keeps them otherwise raises LookupError.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

_FRAME = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Schema:
    """`properties` are those that a template may write; `parts` those of its nested objects, as `Part.Property`."""

    properties: tuple[str, ...]
    parts: tuple[str, ...]


def bundled_schemas() -> dict[str, Schema]:
    """Every type of the installed release."""
    for text in _frames():
        if b'"type_name":' not in text[:2000]:
            continue
        given: dict[str, Any] = json.loads(text)
        return {name: _schema(item) for name, item in given.items()}
    raise LookupError("this release of cloudformation-validate keeps its schemas otherwise")


def _frames() -> Iterator[bytes]:
    spec = importlib.util.find_spec("cloudformation_validate")
    assert spec is not None and spec.origin is not None
    for library in sorted((Path(spec.origin).parent / "natives").rglob("*bindings_python*")):
        held = library.read_bytes()
        start = held.find(_FRAME)
        while start >= 0:
            with suppress(zstandard.ZstdError):  # the four bytes occur elsewhere as well
                yield zstandard.ZstdDecompressor().decompressobj().decompress(held[start:])
            start = held.find(_FRAME, start + 4)


def _schema(given: dict[str, Any]) -> Schema:
    closed = set(given.get("read_only_properties", ()))
    parts = [
        f"{part}.{name}"
        for part, body in (given.get("definitions") or {}).items()
        if part not in {"Tag", "TagSpecification"}
        for name in (body.get("properties") or {})
    ]
    return Schema(tuple(sorted(set(given["properties"]) - closed - {"Tags"})), tuple(sorted(parts)))
