"""Where values stand in a file: YAML nodes and a JSON scanner -> Positions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import yaml

from stackflight.model.template import Path, Position


@dataclass(frozen=True)
class YamlPositions:
    """Positions read off the composed node tree, which parsing makes anyway."""

    root: yaml.Node

    def find(self, path: Path) -> Position:
        """The key of the deepest mapping entry on the path, or the item of a sequence."""
        node, mark = self.root, self.root.start_mark
        for step in path:
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                        mark, node = key.start_mark, value
                        break
                else:
                    break
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                mark = node.start_mark
            elif not (isinstance(step, str) and (step.startswith("Fn::") or step == "Ref")):
                break
        return Position(mark.line + 1, mark.column + 1)

    def path_at(self, line: int) -> Path:
        """The keys and indices to the deepest mapping entry or item that covers a line."""
        node, path = self.root, []
        while (inner := _child_at(node, line)) is not None:
            step, node = inner
            path.append(step)
        return tuple(path)

    def lines_of(self, path: Path) -> tuple[int, int]:
        """The first and the last line of what stands at a path."""
        node, first = self.root, self.root.start_mark.line
        for step in path:
            found = next((child for child in _children(node) if child[0] == step), None)
            if found is None:
                break
            _, first, node = found
        last = node.end_mark.line - (1 if node.end_mark.column == 0 else 0)
        return first + 1, max(last, first) + 1


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    """Step, 0-based line where it begins, and value of every entry of a mapping or a sequence."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, item.start_mark.line, item


def _child_at(node: yaml.Node, line: int) -> tuple[str | int, yaml.Node] | None:
    found = None
    for step, first, value in _children(node):
        if first > line - 1:
            break
        ends = value.end_mark.line - (1 if value.end_mark.column == 0 and value.end_mark.line > first else 0)
        if line - 1 <= max(first, ends):
            found = (step, value)
    return found


_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+)', re.DOTALL)


@dataclass(frozen=True)
class JsonPositions:
    """Positions from a scan of the text, made only once somebody asks."""

    text: str

    def find(self, path: Path) -> Position:
        """The key of the deepest object entry on the path, or the item of an array."""
        wanted = tuple(path)
        while wanted and wanted not in self._offsets:
            wanted = wanted[:-1]
        offset = self._offsets.get(wanted, 0)
        line = self.text.count("\n", 0, offset) + 1
        return Position(line, offset - (self.text.rfind("\n", 0, offset)))

    @cached_property
    def _offsets(self) -> dict[Path, int]:
        return dict(_scan_json(self.text))


def _scan_json(text: str) -> Iterator[tuple[Path, int]]:
    """Every path of a JSON text with the offset of its key or item. Assumes that the text parsed."""
    path: list[str | int] = []
    inside: list[str] = []
    expects_key = False
    for match in _TOKEN.finditer(text):
        token, offset = match.group(1), match.start(1)
        if token in "}]":
            inside.pop()
            path.pop()
            expects_key = False
        elif token == ",":
            expects_key = inside[-1] == "{"
            if inside[-1] == "[":
                path[-1] = int(path[-1]) + 1
        elif token == ":":
            expects_key = False
        elif expects_key:
            path[-1] = _unquote(token)
            yield tuple(path), offset
        else:
            if inside and inside[-1] == "[":
                yield tuple(path), offset
            if token in "{[":
                inside.append(token)
                path.append("" if token == "{" else 0)
                expects_key = token == "{"


def _unquote(token: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})|\\(.)", _unescape, token[1:-1])


def _unescape(match: re.Match[str]) -> str:
    if match.group(1):
        return chr(int(match.group(1), 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(match.group(2), match.group(2))
