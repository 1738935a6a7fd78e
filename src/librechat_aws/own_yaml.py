"""A person's own librechat.yaml in, what it says and what it needs out; merging it with ours is `librechat_yaml`.

What a line says is LibreChat's affair, judged by LibreChat's schema (`yaml_schema`). Here is what it takes to run: the
variables that it refers to as ${NAME}, the ports of the addresses in it, and no secret in plain sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from librechat_aws.egress_ports import ports_in
from librechat_aws.errors import SettingsError

KeyPath = tuple[str | int, ...]
_REFERENCE: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_SECRET_KEYS: Final = re.compile(
    r"(?i)^(api_?key|access_?token|client_?secret|password|secret|private_?key|authorization)$"
)
_HARMLESS: Final = ("user_provided", "")
_MOST_BYTES: Final = 1_000_000


class _Loader(yaml.SafeLoader):
    """Dates stay text: LibreChat reads them as such, and JSON has no other way to say them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class OwnYaml:
    """The document, the file's path as it is named in messages, and its text, in which places are looked up."""

    document: Mapping[str, Any]
    path: str
    text: str

    def place(self, at: KeyPath) -> str:
        """`file:line` of a key path, or of the nearest thing around it that was written."""
        return f"{self.path}:{_line(yaml.compose(self.text, Loader=_Loader), at)}"

    def strings(self) -> Iterator[tuple[KeyPath, str]]:
        """Every text in the document with its key path."""
        return _strings(self.document, ())

    def references(self) -> dict[str, KeyPath]:
        """Names of variables that it refers to, each with the first place."""
        found: dict[str, KeyPath] = {}
        for at, text in self.strings():
            for name in _REFERENCE.findall(text):
                found.setdefault(name, at)
        return found

    def ports(self, variables: Mapping[str, str]) -> frozenset[int]:
        """Ports of all addresses in it; references are replaced by `variables` where their text is known."""
        texts = (_REFERENCE.sub(lambda match: variables.get(match[1], match[0]), text) for _, text in self.strings())
        return frozenset(port for text in texts for port in ports_in(text))

    def plain_secrets(self) -> Iterator[KeyPath]:
        """Key paths whose name says secret and whose text is one."""
        for at, text in self.strings():
            name = at[-1]
            bare = _REFERENCE.sub("", text).removeprefix("Bearer").strip()
            if isinstance(name, str) and _SECRET_KEYS.match(name) and bare not in _HARMLESS and "{{" not in bare:
                yield at


def read_own_yaml(path: Path) -> OwnYaml:
    """Raises SettingsError that names file and line: unreadable, not YAML, no mapping."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(
            f"librechat_yaml {path}: {error.strerror or error}", "Give a readable YAML file."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"librechat_yaml {path}: not a text file", "A librechat.yaml is YAML in UTF-8.") from error
    if len(text) > _MOST_BYTES:
        raise SettingsError(f"librechat_yaml {path}: larger than a megabyte", "LibreChat's own examples have 30 KB.")
    try:
        document = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "not YAML"
        raise SettingsError(
            f"{place}: {problem}", "See https://www.librechat.ai/docs/configuration/librechat_yaml."
        ) from error
    except RecursionError as error:
        raise SettingsError(f"librechat_yaml {path}: nested too deep", "Give a librechat.yaml.") from error
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise SettingsError(f"{path}:1: not a mapping", "A librechat.yaml has keys such as version and endpoints.")
    return OwnYaml(document, str(path), text)


def _strings(value: Any, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, (*at, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*at, index))


def _line(node: Any, at: KeyPath) -> int:
    line = 1 if node is None else node.start_mark.line + 1
    for step in at:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step), None)
            if pair is None:
                return int(line)
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return int(line)
    return int(line)
