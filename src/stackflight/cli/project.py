"""The nearest `stackflight.toml`, or `[tool.stackflight]` of `pyproject.toml` -> values that a command need not repeat."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stackflight.cli.arguments import Verb, near
from stackflight.cli.keys import IGNORES, KEYS, TABLE, Key
from stackflight.cli.values import read_excuse, read_value
from stackflight.errors import UnreadableInput, WrongUsage
from stackflight.local.folder import as_text, read_text
from stackflight.patterns import compile_later
from stackflight.records import dataclass

FILE = "stackflight.toml"
_TABLES = {key.name.partition(".")[0] for key in KEYS if "." in key.name}
_APP = compile_later(r"([A-Za-z][\w.-]+)(?::.*)?")


@dataclass(frozen=True)
class Project:
    """What a project says of itself. `text` is the file as written, `table` what it holds below `prefix`."""

    file: Path
    shown: str
    text: str
    table: Mapping[str, Any]
    prefix: str = ""

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of its stages, as they stand in the file."""
        return tuple(self.table.get("stage", {}))

    def values(self, verb: Verb, stage: str | None) -> dict[str, Any]:
        """What a verb is to take where its command says nothing, by attribute. Raises WrongUsage, UnreadableInput."""
        sections = [""]
        if stage is not None:
            if stage not in self.stages:
                hint = near(
                    stage, self.stages, f"its stages are {', '.join(self.stages)}" if self.stages else "it has none"
                )
                raise WrongUsage(f"{self.shown} has no stage {stage}", hint=hint)
            sections.append(f"stage.{stage}")
        found: dict[str, Any] = {}
        for key in KEYS:
            values = [self._read(section, key) for section in sections if self._look(section, key.name) is not None]
            if values and key.read_by(verb):
                _take(found, key, values)
        if "settings" in found:
            found["targets"] = [_with_settings(target, found["settings"]) for target in found.get("targets", ())]
        return found

    def require_known(self) -> None:
        """Raises UnreadableInput for the first key that does not exist or holds something else."""
        stages = self.table.get("stage", {})
        if not isinstance(stages, dict):
            raise self._wrong("", "stage", "stage is no table", "write each stage as [stage.NAME]")
        self._require("", {name: value for name, value in self.table.items() if name != "stage"})
        for name, stage in stages.items():
            if not isinstance(stage, dict):
                raise self._wrong("stage", name, f"stage.{name} is no table", f"write it as [stage.{name}]")
            self._require(f"stage.{name}", stage)

    def _require(self, section: str, table: Mapping[str, Any]) -> None:
        known = {key.name: key for key in KEYS}
        for name in _names(table):
            if name not in known:
                last = ("stage", *(key.rpartition(".")[2] for key in known))
                hint = near(name.rpartition(".")[2], last, "docs/reference/stackflight-toml.md lists the keys")
                raise self._wrong(section, name, f"there is no key {name}", hint)
            self._read(section, known[name])

    def _read(self, section: str, key: Key) -> Any:
        """A key's value as verbs take it. Raises UnreadableInput where it holds something else."""
        value = self._look(section, key.name)
        try:
            if key.holds != IGNORES:
                return read_value(key, value, self.file)
            if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
                raise WrongUsage(
                    "ignore is to be a list of tables", hint="write each as [[ignore]], with check and resource"
                )
            heads = self._heads(section)
            lines = [*heads, *[None] * len(value)]
            return [read_excuse(entry, self.shown, line) for entry, line in zip(value, lines, strict=False)]
        except WrongUsage as error:
            raise self._wrong(section, key.name, error.message, error.hint) from None

    def _look(self, section: str, name: str) -> Any:
        """What stands in a section under a name with dots; None where nothing does."""
        value: Any = self.table
        for part in [*filter(None, section.split(".", 1)), *name.split(".")]:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _heads(self, section: str) -> list[int]:
        """The lines on which the ignores of a section begin."""
        wanted = _bare(f"{self.prefix}{section}{'.' if section else ''}ignore")
        return [number for number, head in _heads(self.text) if head == wanted]

    def _wrong(self, section: str, name: str, message: str, hint: str) -> UnreadableInput:
        line = _line_of(self.text, self.prefix + section, name)
        return UnreadableInput(message, file=self.shown, line=line, hint=hint)


def read_project(start: Path) -> Project | None:
    """The project that a folder belongs to; None where nothing is written. Raises UnreadableInput.

    Looked for in the folder, and, within a repository, in those above it up to the root of the repository.
    """
    for folder in _folders(start):
        file, manifest = folder / FILE, folder / "pyproject.toml"
        if file.is_file():
            return _parse(file, ())
        if manifest.is_file() and "[tool.stackflight" in read_text(manifest, _shown(manifest)):
            return _parse(manifest, ("tool", "stackflight"))
    return None


def find_project(asked: Namespace) -> Project | None:
    """The project of the working folder, unless the command asks for none. Raises UnreadableInput, WrongUsage."""
    project = None if asked.isolated else read_project(Path.cwd())
    every = getattr(asked, "all_stages", False)
    if asked.stage is not None and every:
        raise WrongUsage("--stage chooses one stage, and --all-stages all of them", hint="leave out one of them")
    if project is None and (asked.stage is not None or every):
        hint = "leave out --isolated" if asked.isolated else f"write a {FILE} with [stage.NAME]: stackflight init"
        flag = "--all-stages" if every else "--stage"
        raise WrongUsage(f"{flag} chooses from {FILE}, and there is none", hint=hint)
    return project


def _folders(start: Path) -> Iterator[Path]:
    above = [start, *start.parents]
    root = next((number for number, folder in enumerate(above) if (folder / ".git").exists()), 0)
    yield from above[: root + 1]


def _parse(file: Path, inside: Sequence[str]) -> Project:
    shown = _shown(file)
    import tomllib

    text = read_text(file, shown)
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        said = re.sub(r" \(at .*\)$", "", str(error))
        raise UnreadableInput(
            f"this is no TOML: {said[:1].lower()}{said[1:]}", file=shown, line=int(line[1]) if line else None,
            hint='a key is written as region = "eu-central-1"',
        ) from None  # fmt: skip
    for name in inside:
        table = table.get(name, {}) if isinstance(table, dict) else {}
    prefix = "".join(f"{name}." for name in inside)
    project = Project(file, shown, text, _underscored(table) if isinstance(table, dict) else {}, prefix)
    project.require_known()
    return project


def _underscored(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table with `max_duration` for `max-duration`; names of stages and parameters stay."""
    return {name.replace("-", "_"): _below(name.replace("-", "_"), value) for name, value in table.items()}


def _below(name: str, value: Any) -> Any:
    if name == "stage" and isinstance(value, dict):
        return {stage: _underscored(own) if isinstance(own, dict) else own for stage, own in value.items()}
    return _underscored(value) if name in _TABLES and isinstance(value, dict) else value


def _shown(file: Path) -> str:
    return as_text(os.path.relpath(file))


def _names(table: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a table; those of `limits` with its name before them."""
    for name, value in table.items():
        if name in _TABLES and isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)
        else:
            yield name


def _take(found: dict[str, Any], key: Key, values: Sequence[Any]) -> None:
    """A stage's value goes before the project's; parameters, lengths and ignores of both are joined."""
    if key.holds in {TABLE, IGNORES}:
        found[key.attribute] = [*found.get(key.attribute, ()), *(entry for value in values for entry in value)]
    elif key.name == "parameter_files":
        found[key.attribute] = [*values[-1], *found.get(key.attribute, ())]
    else:
        found[key.attribute] = values[-1]


def _with_settings(target: str, settings: str) -> str:
    """`APP`, or `APP:PRESET`, with a settings file instead of the preset; anything else stays."""
    app = _APP.fullmatch(target)
    return f"{app[1]}:{settings}" if app and not Path(target).exists() else target


def _line_of(text: str, section: str, name: str) -> int | None:
    """The line on which a key stands: the head of its own table, or where it is written below the head of one."""
    full = _bare(f"{section.strip('.')}.{name}").strip(".")
    current, found = "", None
    heads = dict(_heads(text))
    for number, line in enumerate(text.splitlines(), start=1):
        current = heads.get(number, current)
        written = re.match(r"\s*([\w.\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=", line)
        own = f"{current}.{_bare(written[1])}".strip(".") if written and number not in heads else current
        if own == full or own.startswith(f"{full}."):
            return number
        if found is None and number in heads and full.startswith(f"{current}."):
            found = number
    return found


def _heads(text: str) -> Iterator[tuple[int, str]]:
    """The lines that begin a table, each with the table's name."""
    for number, line in enumerate(text.splitlines(), start=1):
        if head := re.match(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$", line):
            yield number, _bare(head[1])


def _bare(name: str) -> str:
    return re.sub(r"[\"'\s]", "", name).replace("-", "_")
