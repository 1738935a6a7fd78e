"""A template's text + edits -> the text with them: what stands there stays as it is, comments and layout too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from stackflight.model.edit import Append, Await, Edit, Fix, Make
from stackflight.model.template import Raw
from stackflight.patterns import compile_later

_SHORT = {"Ref": "!Ref", "Fn::GetAtt": "!GetAtt", "Fn::Sub": "!Sub"}
_PLAIN = compile_later(r"[A-Za-z_][\w.:-]*[\w]|[A-Za-z]")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


class CannotEdit(Exception):
    """The text is written in a way that these edits do not fit into."""


def edit_text(text: str, fix: Fix) -> str:
    """The text with all edits of a fix. Raises CannotEdit."""
    for edit in fix:
        text = _edit(text, edit)
    return text


def _edit(text: str, edit: Edit) -> str:
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        raise CannotEdit from None
    if not isinstance(root, yaml.MappingNode):
        raise CannotEdit
    page = _Page(text)
    resources = page.entry(root, "Resources")
    if isinstance(edit, Make):
        taken = {key.value for key, _ in resources.value}
        id = next(name for name in _names(edit.id) if name not in taken)
        return page.add_entry(resources, id, {"Type": edit.type, "Properties": dict(edit.properties)})
    own = page.entry(resources, edit.user.id if isinstance(edit, Await) else edit.resource.id)
    if isinstance(edit, Await):
        return page.add_items(own, "DependsOn", edit.missing, after="Type")
    if isinstance(edit, Append):
        node = page.entry(own, "Properties")
        for name in edit.below:
            node = page.entry(node, name)
        return page.add_items(node, edit.key, (edit.item,))
    return page.put(own, ("Properties", *edit.path), edit.value)


def _names(id: str) -> Iterator[str]:
    bare = re.sub(r"[^A-Za-z0-9]", "", id)[:250]
    yield bare
    yield from (f"{bare}{number}" for number in range(2, 1000))


class _Page:
    """A text, whose nodes bear the places at which they begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.json = text.lstrip().startswith("{")

    def find(self, node: yaml.Node, name: str) -> yaml.Node | None:
        """The value of a key; None where it does not stand there."""
        if not isinstance(node, yaml.MappingNode):
            raise CannotEdit
        found = [value for key, value in node.value if key.value == name]
        return found[-1] if found else None

    def entry(self, node: yaml.Node, name: str) -> yaml.MappingNode:
        """The mapping that is the value of a key. Raises CannotEdit where there is none."""
        found = self.find(node, name)
        if not isinstance(found, yaml.MappingNode) or not found.value:
            raise CannotEdit
        return found

    def put(self, node: yaml.Node, path: tuple[str, ...], value: Raw) -> str:
        """One value instead of another, or a new entry."""
        for name in path[:-1]:
            node = self.entry(node, name)
        old = self.find(node, path[-1])
        if old is None:
            assert isinstance(node, yaml.MappingNode)
            return self.add_entry(node, path[-1], value)
        if not isinstance(old, yaml.ScalarNode) or old.style in {"|", ">"}:
            raise CannotEdit
        return self._replace(old.start_mark.index, old.end_mark.index, self._flow(value))

    def add_entry(self, node: yaml.MappingNode, name: str, value: Raw, after: str = "") -> str:
        """A new entry of a mapping, behind the entry `after` or at the end."""
        entries = [(key, item) for key, item in node.value if key.value == after] or node.value
        last = entries[-1][1]
        if node.flow_style:
            return self._insert(last.end_mark.index, self._between(node) + self._flow_entry(name, value))
        at, first = self._end_of(last), node.value[0][0].start_mark.column
        block = "\n".join(self._block_entry(name, value, first))
        return self._insert_lines(at, block)

    def add_items(self, node: yaml.MappingNode, name: str, items: tuple[Raw, ...], after: str = "") -> str:
        """More items for the list that a key holds; a single text becomes a list."""
        old = self.find(node, name)
        if old is None:
            return self.add_entry(node, name, items[0] if len(items) == 1 and after else list(items), after)
        if isinstance(old, yaml.ScalarNode) and old.style not in {"|", ">"} and not old.tag.startswith("!"):
            return self._replace(old.start_mark.index, old.end_mark.index, self._flow([old.value, *items]))
        if not isinstance(old, yaml.SequenceNode):
            raise CannotEdit
        if old.flow_style:
            added = [self._flow(item) for item in items]
            if not old.value:
                return self._replace(old.start_mark.index, old.end_mark.index, f"[{', '.join(added)}]")
            return self._insert(old.value[-1].end_mark.index, "".join(self._between(old) + item for item in added))
        dash = self._dash(old)
        lines = [line for item in items for line in self._block_item(item, dash)]
        return self._insert_lines(self._end_of(old.value[-1]), "\n".join(lines))

    def _dash(self, node: yaml.SequenceNode) -> int:
        """The column of a block list's dashes."""
        first: int = node.value[0].start_mark.index
        begin = self.text.rfind("\n", 0, first) + 1
        if "-" not in self.text[begin:first]:
            raise CannotEdit
        column: int = self.text.rindex("-", begin, first) - begin
        return column

    def _end_of(self, node: yaml.Node) -> int:
        """Where the next line begins behind the last thing in a node."""
        while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        end = node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
            kept = self.text[:end].rstrip()
            end = len(kept)
        after = self.text.find("\n", end)
        return len(self.text) if after < 0 else after + 1

    def _between(self, node: yaml.CollectionNode) -> str:
        """What stands between two entries of a collection in braces: a comma, and a new line where each has its own."""
        first = node.value[0]
        start = (first[0] if isinstance(first, tuple) else first).start_mark
        if start.line == node.start_mark.line:
            return ", "
        column: int = start.column
        return ",\n" + " " * column

    def _replace(self, begin: int, end: int, added: str) -> str:
        return self.text[:begin] + added + self.text[end:]

    def _insert(self, at: int, added: str) -> str:
        return self._replace(at, at, added)

    def _insert_lines(self, at: int, block: str) -> str:
        newline = "\r\n" if "\r\n" in self.text else "\n"
        before = "" if at == 0 or self.text[at - 1] == "\n" else newline
        return self._insert(at, before + block.replace("\n", newline) + newline)

    def _flow_entry(self, name: str, value: Raw) -> str:
        return f"{json.dumps(name) if self.json else name}: {self._flow(value)}"

    def _flow(self, value: Raw) -> str:
        """A value on one line."""
        if self.json:
            return json.dumps(value)
        if isinstance(value, Mapping):
            if len(value) == 1 and (short := _shortened(value)):
                return short
            return "{" + ", ".join(self._flow_entry(name, item) for name, item in value.items()) + "}"
        if isinstance(value, list | tuple):
            return "[" + ", ".join(self._flow(item) for item in value) + "]"
        return _scalar(value)

    def _block_entry(self, name: str, value: Raw, column: int) -> Iterator[str]:
        """An entry of a mapping, a line for each value."""
        indent = " " * column
        if isinstance(value, Mapping) and not (len(value) == 1 and _shortened(value)):
            yield f"{indent}{name}:"
            for key, item in value.items():
                yield from self._block_entry(key, item, column + 2)
        elif isinstance(value, list | tuple):
            yield f"{indent}{name}:"
            for item in value:
                yield from self._block_item(item, column + 2)
        else:
            yield f"{indent}{name}: {self._flow(value)}"

    def _block_item(self, item: Raw, column: int) -> Iterator[str]:
        indent = " " * column
        if not isinstance(item, Mapping) or (len(item) == 1 and _shortened(item)):
            yield f"{indent}- {self._flow(item)}"
            return
        lines = [line for key, value in item.items() for line in self._block_entry(key, value, column + 2)]
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]


def _shortened(value: Mapping[str, Any]) -> str:
    """`!Ref X`, `!GetAtt X.Y`, `!Sub ...`; empty for anything else."""
    [(name, inner)] = value.items()
    if name not in _SHORT:
        return ""
    text = ".".join(inner) if isinstance(inner, list) and all(isinstance(one, str) for one in inner) else inner
    return f"{_SHORT[name]} {_scalar(text)}" if isinstance(text, str) else ""


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else json.dumps(value)
    return json.dumps(value)
