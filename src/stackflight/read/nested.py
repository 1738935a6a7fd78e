"""A nested stack's address -> the file here that holds its template: by asset, by `--nested`, by name beside the parent.

CloudFormation reads a nested template from S3 alone, so an address says where the template will lie, not where it lies
now. Whoever takes one that the address does not lead to says so (`Taken`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stackflight.model.value import Text, Value, render
from stackflight.patterns import compile_later
from stackflight.read.assets import asset_named
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.ports import Folder

_LEVELS = 3
_PARTS = 5
_ENDINGS = (".yaml", ".yml", ".json", ".template", ".template.yaml", ".template.yml", ".template.json")
_GENERIC = compile_later(r"(template|main|stack|index|packaged|output|root|master|parent|app)(\.|$)", re.IGNORECASE)
_OPEN = "\0"
_MOUNT = "//"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may hold a nested template; `why` is empty where the address or an asset leads to it.

    `guessed`: only its name speaks for it, so it has to take what the parent hands to it.
    """

    path: str
    why: str = ""
    guessed: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """A folder that stands for all addresses with a prefix; `*` in the prefix is anything."""

    prefix: str
    folder: Folder

    def rest(self, address: str) -> str | None:
        """The address below the prefix; None where it has another one."""
        pattern = ".*?".join(re.escape(part) for part in self.prefix.split("*"))
        match = re.match(pattern + r"(?:(?<=/)|(?=/|$))", address)
        return None if match is None else address[match.end() :].lstrip("/")


class Mounted:
    """A folder with others below `//NUMBER/`."""

    def __init__(self, folder: Folder, others: Sequence[Elsewhere]) -> None:
        self._folder = folder
        self._others = others

    def read(self, name: str) -> str | None:
        """The text of a file, None where there is none."""
        folder, rest = self._find(name)
        return folder.read(rest)

    def names(self, below: str) -> list[str]:
        """Paths of all files below a folder, sorted; empty where there is none."""
        folder, rest = self._find(below)
        mount = below[: len(below) - len(rest)]
        return [f"{mount}{name}" for name in folder.names(rest)]

    def show(self, name: str) -> str:
        """The path to print for a file."""
        folder, rest = self._find(name)
        return folder.show(rest)

    def _find(self, name: str) -> tuple[Folder, str]:
        number, slash, rest = name.removeprefix(_MOUNT).partition("/")
        if not name.startswith(_MOUNT) or not slash or not number.isdecimal():
            return self._folder, name
        return self._others[int(number)].folder, rest


def find_candidates(
    metadata: Value, url: Value, folder: str, assets: Mapping[str, str], others: Sequence[Elsewhere]
) -> Iterator[Candidate]:
    """Where the template of a nested stack may lie, the surest first. `folder` is where the parent's paths begin."""
    if isinstance(metadata, dict) and isinstance(asset := metadata.get("aws:asset:path"), str):
        yield Candidate(folder + asset)
        return
    text = render(url)
    if isinstance(url, str) and not re.match(r"(https?|s3):", text):
        yield Candidate(folder + text.removeprefix("file://").removeprefix("./"))
        return
    if found := asset_named(text, assets):
        yield Candidate(folder + found)
        return
    if text:
        yield Candidate(folder + text)
    address = _address(url)
    for number in sorted(range(len(others)), key=lambda one: -len(others[one].prefix)):
        rest = others[number].rest(address.replace(_OPEN, "*"))
        if rest:
            yield Candidate(f"{_MOUNT}{number}/{rest}", f"--nested {others[number].prefix} leads there")
    yield from _beside(address, folder)


def _address(url: Value) -> str:
    """The address without its query, parts that are not known as a mark."""
    parts = url.parts if isinstance(url, Text) else (url,)
    return re.split(r"[?#]", "".join(part if isinstance(part, str) else _OPEN for part in parts))[0]


def _beside(address: str, folder: str) -> Iterator[Candidate]:
    """Files here whose path is what the address ends with, beside the parent and up to three folders above it."""
    parts = _known_end(address)
    for start in range(len(parts)):
        rest = "/".join(parts[start:])
        alone = start == len(parts) - 1
        if alone and _GENERIC.match(rest):
            return
        why = f"its address ends with {rest}"
        for level in range(1 if alone else _LEVELS + 1):
            yield Candidate(posixpath.join(folder, "../" * level + rest), why, guessed=alone)
    if parts:
        yield from _renamed("/".join(parts), folder)


def _renamed(path: str, folder: str) -> Iterator[Candidate]:
    """The same name with the other endings of templates: releases rename `network.yaml` to `network.template`."""
    stem, dot, _ = posixpath.basename(path).partition(".")
    if dot and not _GENERIC.match(stem):
        for ending in _ENDINGS:
            yield Candidate(f"{folder}{stem}{ending}", f"it has the name {stem} of its address", guessed=True)


def _known_end(address: str) -> list[str]:
    """The last parts of an address's path that are known, the name of the file included; none where that is not."""
    _, scheme, path = address.rpartition("://")
    parts = [part for part in path.split("/")[1 if scheme else 0 :] if part not in {"", "."}]
    known: list[str] = []
    for part in reversed(parts[-_PARTS:]):
        rest = part.rpartition(_OPEN)[2]
        if rest and rest[0] not in "-_." and part != "..":
            known.insert(0, rest)
        if _OPEN in part or part == "..":
            break
    return known if parts and known and known[-1] == parts[-1].rpartition(_OPEN)[2] else []
