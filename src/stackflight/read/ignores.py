"""Stack -> Ignores: `# stackflight: ignore CHECK because …` in YAML, `stackflight: {ignore: …}` in a resource's Metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stackflight.model.ignore import Ignore
from stackflight.model.template import Path, Raw, Stack, Where
from stackflight.patterns import compile_later

if TYPE_CHECKING:
    from stackflight.read.yaml_positions import YamlPositions

_COMMENT = compile_later(r"#\s*stackflight:\s*ignore\b")
_BECAUSE = compile_later(r"(?<!\S)because\b")
_BLANK = compile_later(r"\s*(#.*)?$")


def find_ignores(stack: Stack) -> Iterator[Ignore]:
    """All ignores of a stack's template, comments first."""
    if "stackflight:" in stack.template.text:
        from stackflight.read.yaml_positions import YamlPositions

        if isinstance(stack.template.positions, YamlPositions):
            yield from _in_comments(stack, stack.template.positions)
    yield from _at_constructs(stack)
    for name, resource in stack.template.section("Resources").items():
        metadata = resource.get("Metadata") if isinstance(resource, dict) else None
        own = metadata.get("stackflight") if isinstance(metadata, dict) else None
        given = own.get("ignore") if isinstance(own, dict) else None
        path = ("Resources", str(name), "Metadata", "stackflight", "ignore")
        entries = given if isinstance(given, list) else [] if given is None else [given]
        for index, entry in enumerate(entries):
            place = (*path, index) if isinstance(given, list) else path
            yield _from_metadata(stack, str(name), entry, place)


def _at_constructs(stack: Stack) -> Iterator[Ignore]:
    """What is left out at a construct holds for every resource that it is made of."""
    for accepted in stack.accepted:
        for id, resource in stack.resources.items():
            if f"{resource.construct}/".startswith(f"{accepted.construct}/"):
                where = _where(stack, stack.template.positions.find(("Resources", id)).line or 1, id)
                yield Ignore(
                    accepted.check, accepted.because, stack.name, where, id,
                    construct=accepted.construct, quiet=accepted.quiet,
                )  # fmt: skip


def _from_metadata(stack: Stack, resource: str, entry: Raw, path: Path) -> Ignore:
    given = entry if isinstance(entry, dict) else {"check": entry}
    check, because = given.get("check"), given.get("because")
    return Ignore(
        check=check if isinstance(check, str) else "",
        because=because.strip() if isinstance(because, str) else "",
        stack=stack.name,
        where=_where(stack, stack.template.positions.find(path).line, resource),
        resource=resource,
    )


def _in_comments(stack: Stack, positions: YamlPositions) -> Iterator[Ignore]:
    lines = stack.template.text.splitlines()
    for number, text in enumerate(lines, start=1):
        match = next(_comments(text, number, positions), None)
        if match is None:
            continue
        because = _BECAUSE.search(text, match.end())
        said = text[match.end() : because.start() if because else len(text)]
        beside = not _BLANK.match(text[: match.start()])
        target = number if beside else _next_content(lines, number)
        path = positions.path_at(target)
        inside = len(path) >= 2 and path[0] == "Resources"
        resource = str(path[1]) if inside else ""
        covered = positions.lines_of(_entry(path))
        for check in re.split(r"[,\s]+", said.strip(" \t:")):
            yield Ignore(
                check=check,
                because=text[because.end() :].strip(" \t:") if because else "",
                stack=stack.name,
                where=_where(stack, number, resource),
                resource=resource,
                resource_line=positions.find(path[:2]).line if inside else None,
                lines=None if inside and len(path) == 2 else covered,
            )


def _comments(text: str, number: int, positions: YamlPositions) -> Iterator[re.Match[str]]:
    """Where a line says in a comment what to ignore; what stands in a text (a script, a note) says nothing."""
    return (match for match in _COMMENT.finditer(text) if not positions.in_text(number, match.start() + 1))


def _entry(path: Path) -> Path:
    """A resource's property, or an entry of another section: what one comment speaks of."""
    return path[:4] if path[2:3] == ("Properties",) else path[:3] if path[:1] == ("Resources",) else path[:2]


def _next_content(lines: list[str], number: int) -> int:
    """The next line after a comment that holds more than a comment."""
    return next((later for later in range(number + 1, len(lines) + 1) if not _BLANK.match(lines[later - 1])), number)


def _where(stack: Stack, line: int, resource: str) -> Where:
    return stack.spot(resource, line)
