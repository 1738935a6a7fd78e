"""Metadata of a cloud assembly -> the lines of the user's program in which its constructs were made.

The CDK writes the stack trace of each construct of TypeScript and JavaScript programs; other languages are known by the
entries of `stackflight.cdk`, whose type is `stackflight:source`. Source: aws-cdk-lib, metadata `aws:cdk:creationStack`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from stackflight.model.template import Accepted, Spot
from stackflight.patterns import compile_later

Said = TypeVar("Said")

RECORDED = "stackflight:source"
DECIDED = "stackflight:setting"
_STACK = "aws:cdk:creationStack"
_FRAME = compile_later(r"(?:^|\(|\s)(?:file://)?(?P<file>(?:/|[A-Za-z]:[\\/])[^()]*?):(?P<line>\d+)(?::\d+)?\)?$")
_FOREIGN = ("/node_modules/", "/site-packages/", "/node:internal/")


def read_places(metadata: Mapping[str, Any], home: str = "") -> dict[str, Spot]:
    """Construct path -> where it was made; files below `home`, a folder, are named from there."""
    found: dict[str, Spot] = {}
    for path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else []:
            spots = [_shorten(spot, home) for spot in _spots(entry)] if isinstance(entry, dict) else []
            if spots:
                found[path.strip("/")] = spots[0]
    return found


def read_settings(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Construct path -> what an app says of the setting that decides over it, in entries of the type `stackflight:setting`."""
    return {
        path.strip("/"): entry["data"]
        for path, entries in metadata.items()
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and entry.get("type") == DECIDED and isinstance(entry.get("data"), str)
    }


def place_of(places: Mapping[str, Said], construct: str | None) -> Said | None:
    """What is known of a construct, or else of what it is a part of."""
    path = construct or ""
    while path:
        if path in places:
            return places[path]
        path = path.rpartition("/")[0]
    return None


_OURS, _STANDARD = "stackflight::", "CloudFormation-Validate::"


def read_accepted(metadata: Mapping[str, Any]) -> tuple[Accepted, ...]:
    """What is left out at constructs: by `Validations.of(construct).acknowledge`, or by metadata of the construct."""
    return tuple(
        one
        for path, entries in metadata.items()
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("data"), dict)
        for one in _accepted(path.strip("/"), str(entry.get("type")), entry["data"])
    )


def _accepted(construct: str, kind: str, data: Mapping[str, Any]) -> Iterator[Accepted]:
    if kind == "aws:cdk:acknowledged-rules":
        for rule, reason in data.items():
            if rule.startswith(_OURS):
                yield Accepted(construct, rule.removeprefix(_OURS), str(reason or ""))
            elif rule.startswith(_STANDARD):
                yield Accepted(construct, f"standard/{rule.removeprefix(_STANDARD)}", str(reason or ""), quiet=True)
    elif kind == "stackflight":
        given = data.get("ignore")
        for entry in given if isinstance(given, list) else [given]:
            asked = entry if isinstance(entry, dict) else {"check": entry}
            check = asked.get("check")
            if isinstance(check, str):
                yield Accepted(construct, check, str(asked.get("because") or "").strip())


def _spots(entry: Mapping[str, Any]) -> Iterator[Spot]:
    """The frames of the user's own files, innermost first."""
    data = entry.get("data")
    lines = data if entry.get("type") == _STACK and isinstance(data, list) else []
    if entry.get("type") == RECORDED and isinstance(data, str):
        lines = [data]
    for line in lines:
        match = _FRAME.search(line) if isinstance(line, str) else None
        if match is not None:
            file = match["file"].replace("\\", "/")
            if not any(part in file for part in _FOREIGN):
                yield Spot(file, int(match["line"]))


def _shorten(spot: Spot, home: str) -> Spot:
    below = f"{home.rstrip('/')}/"
    return Spot(spot.file.removeprefix(below), spot.line) if home else spot
