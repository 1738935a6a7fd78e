"""YAML text -> plain data, intrinsics in long form, and where values stand in it."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import repeat

import yaml

from stackflight.errors import UnreadableInput
from stackflight.model.budgets import NESTED_VALUES
from stackflight.model.template import Raw
from stackflight.patterns import compile_later
from stackflight.read.shallow import require_shallow, yaml_loader
from stackflight.read.yaml_positions import YamlPositions

_SHORT_FORMS = {
    "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAtt",
    "GetAZs", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select", "Split",
    "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll",
}  # fmt: skip
_MAX_VALUES = 300_000


def parse_yaml(text: str, file: str) -> tuple[Raw, YamlPositions]:
    try:
        require_shallow(text, file)
        loader = yaml_loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableInput(
            f"not valid YAML: {error.problem or error.context or 'it cannot be parsed'}",
            file=file, line=mark.line + 1 if mark else None, column=mark.column + 1 if mark else None,
            hint="check the indentation, quotes and colons at this place and on the line before it",
        ) from None  # fmt: skip
    except (yaml.YAMLError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it cannot be parsed"
        raise UnreadableInput(
            f"not readable as text: {reason}", file=file, hint="save the file as UTF-8 text"
        ) from None
    if root is None:
        raise UnreadableInput("the file holds no document", file=file, hint="a template needs a Resources section")
    try:
        builder = _Builder(file)
        body = builder.build(root, 0)
        builder.require_small()
        return body, YamlPositions(root, doubled=builder.doubled)
    except RecursionError:
        raise UnreadableInput(
            "the document is nested too deeply", file=file, hint="is this really a template?"
        ) from None


class _Builder:
    """YAML nodes -> plain data. Aliases share one value; a value that contains itself is refused."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.built: dict[int, Raw] = {}
        self.nodes: list[yaml.Node] = []
        """Sequences and mappings."""
        self.aliased = False
        self.open: set[int] = set()
        self.doubled = False

    def build(self, node: yaml.Node, depth: int) -> Raw:
        """The plain value of a node, `{"Fn::X": …}` for a short form."""
        if isinstance(node, yaml.ScalarNode):
            return self._by_tag(node, depth)
        if id(node) in self.built:
            self.aliased = True
            return self.built[id(node)]
        if id(node) in self.open or depth > NESTED_VALUES.most:
            raise self._error(node, "a value contains itself or is nested too deeply", "remove the YAML alias")
        self.open.add(id(node))
        value = self._by_tag(node, depth)
        self.open.discard(id(node))
        self.built[id(node)] = value
        self.nodes.append(node)
        return value

    def require_small(self) -> None:
        """Refuse what a few aliases of aliases blow up to more values than any template holds."""
        sizes: dict[int, int] = {}
        for node in self.nodes if self.aliased else ():  # what is inside of a node was built before it
            children = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
            sizes[id(node)] = size = 1 + sum(map(sizes.get, map(id, children), repeat(1)))
            if size > _MAX_VALUES:
                raise self._error(node, f"aliases make this more than {_MAX_VALUES} values", "write the values out")

    def _by_tag(self, node: yaml.Node, depth: int) -> Raw:
        tag = node.tag
        if not tag.startswith("!"):
            return self._plain(node, depth)
        name = tag[1:]
        if name in {"Ref", "Condition"}:
            return {name: self._plain(node, depth)}
        if name == "GetAtt" and isinstance(node, yaml.ScalarNode):
            return {"Fn::GetAtt": node.value.split(".", 1)}
        if name in _SHORT_FORMS:
            return {f"Fn::{name}": self._plain(node, depth)}
        if "::" in name:  # of a program that packages the template (Rain), or of a macro
            return {"Fn::Transform": {"Name": name}}
        raise self._error(node, f"unknown tag !{name}", "CloudFormation knows !Ref, !GetAtt, !Sub, !If and their like")

    def _plain(self, node: yaml.Node, depth: int) -> Raw:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, depth + 1) for item in node.value]
        assert isinstance(node, yaml.MappingNode)
        made: dict[Hashable, Raw] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a mapping or list cannot be a key", "quote the key")
            key = key_node.value
            if key == "<<" and isinstance(merged := self.build(value_node, depth + 1), dict):
                made = {**merged, **made}
                continue
            self.doubled = self.doubled or key in made
            made[key] = self.build(value_node, depth + 1)
        return made

    def _error(self, node: yaml.Node, message: str, hint: str) -> UnreadableInput:
        mark = node.start_mark
        return UnreadableInput(message, file=self.file, line=mark.line + 1, column=mark.column + 1, hint=hint)


_INT = compile_later(r"[-+]?(0|[1-9][0-9]*)$")
_FLOAT = compile_later(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?$")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _scalar(node: yaml.ScalarNode) -> Raw:
    """CloudFormation's reading: dates stay text, numbers with a leading zero (account ids) too."""
    text: str = node.value
    if node.style in {"'", '"', "|", ">"}:
        return text
    if text in {"", "~", "null", "Null", "NULL"} or node.tag == "tag:yaml.org,2002:null":
        return None
    if (word := text.lower()) in _FLAGS:
        return _FLAGS[word]
    if text[0] not in "-+0123456789":
        return text
    if _INT.match(text) and len(text) < 19:
        return int(text)
    if _FLOAT.match(text):
        number = float(text)
        return number if repr(number) == text else text
    return text
