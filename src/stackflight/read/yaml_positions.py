"""Where values stand in a YAML file: nodes -> Positions."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import TypeAlias

import yaml

from stackflight.model.template import Path, Position, Twice
from stackflight.read.positions import Step, resource_at, written
from stackflight.records import dataclass


@dataclass(frozen=True)
class YamlPositions:
    """Positions read off the composed node tree, which parsing makes anyway."""

    root: yaml.Node
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The resource that stands in the file, by the id of one that was made for it."""
    doubled: bool = False
    """Whether a key stands twice in one mapping."""
    _indexed: dict[int, dict[Step, _Child]] = field(default_factory=dict, repr=False, compare=False)
    _ordered: dict[int, list[tuple[Step, _Child]]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, path: Path) -> Position:
        """The key of the deepest mapping entry on the path, or the item of a sequence."""
        node, mark = self.root, self.root.start_mark
        for step in written(path, self.origins):
            child = self._children(node).get(str(step) if isinstance(node, yaml.MappingNode) else step)
            if child is not None:
                mark, node = child
            elif isinstance(node, yaml.MappingNode) or not (
                isinstance(step, str) and (step.startswith("Fn::") or step == "Ref")
            ):
                break
        return Position(mark.line + 1, mark.column + 1)

    def find_twice(self) -> Iterator[Twice]:
        """Keys that stand twice in one mapping."""
        for node in _nodes(self.root) if self.doubled else ():
            seen: set[str] = set()
            for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
                if isinstance(key, yaml.ScalarNode) and key.value in seen and key.value != "<<":
                    line = key.start_mark.line + 1
                    yield Twice(key.value, line, resource_at(self.path_at(line)))
                elif isinstance(key, yaml.ScalarNode):
                    seen.add(key.value)

    def path_at(self, line: int) -> Path:
        """The keys and indices to the deepest mapping entry or item that covers a line."""
        node, path = self.root, []
        while (inner := self._child_at(node, line)) is not None:
            step, node = inner
            path.append(step)
        return tuple(path)

    def lines_of(self, path: Path) -> tuple[int, int]:
        """The first and the last line of what stands at a path."""
        node, first = self.root, self.root.start_mark.line
        for step in path:
            child = self._children(node).get(step)
            if child is None:
                break
            first, node = child[0].line, child[1]
        last = node.end_mark.line - (1 if node.end_mark.column == 0 else 0)
        return first + 1, max(last, first) + 1

    def in_text(self, line: int, column: int) -> bool:
        """Whether a place lies inside of a scalar: what looks like a comment there is none."""
        place = (line - 1, column - 1)
        at = bisect_right(self._marked_texts, (place, (sys.maxsize, 0))) - 1
        return at >= 0 and place < self._marked_texts[at][1]

    @cached_property
    def _marked_texts(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Where the scalars with a "#" begin and end; a block scalar begins on the line after its indicator."""
        found = []
        for node in _nodes(self.root):
            if isinstance(node, yaml.ScalarNode) and "#" in node.value:
                first, last = node.start_mark, node.end_mark
                begin = (first.line + 1, 0) if node.style in {"|", ">"} else (first.line, first.column)
                found.append((begin, (last.line, last.column)))
        return sorted(found)

    def _children(self, node: yaml.Node) -> dict[Step, _Child]:
        """Where every entry of a mapping or a sequence begins, and its value; the last of those of one key, which counts."""
        found = self._indexed.get(id(node))
        if found is None:
            found = {}
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode):
                        found[key.value] = (key.start_mark, value)
            elif isinstance(node, yaml.SequenceNode):
                found = {index: (item.start_mark, item) for index, item in enumerate(node.value)}
            self._indexed[id(node)] = found
        return found

    def _child_at(self, node: yaml.Node, line: int) -> tuple[Step, yaml.Node] | None:
        """The last entry that begins on the line or before, where it ends there or after."""
        if id(node) not in self._ordered:
            self._ordered[id(node)] = list(self._children(node).items())
        children = self._ordered[id(node)]
        at = bisect_right(children, line - 1, key=lambda item: item[1][0].line) - 1
        if at < 0:
            return None
        step, (first, value) = children[at]
        ends = value.end_mark.line - (1 if value.end_mark.column == 0 and value.end_mark.line > first.line else 0)
        return (step, value) if line - 1 <= max(first.line, ends) else None


_Child: TypeAlias = tuple[yaml.Mark, yaml.Node]


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Every node once."""
    todo, seen = [root], set()
    while todo:
        node = todo.pop()
        if id(node) in seen:  # an alias
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            todo.extend(part for entry in node.value for part in entry)
        elif isinstance(node, yaml.SequenceNode):
            todo.extend(node.value)
