"""Sources -> World: stacks resolved in order, exports joined to imports, nested stacks inside their parents."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from stackflight.errors import UnreadableInput
from stackflight.model.budgets import NESTED_LEVELS, NESTED_STACKS
from stackflight.model.template import Environment, Resource, Stack, Taken, Template, World
from stackflight.model.value import Address, Unknown, Value, render
from stackflight.read.assets import read_function_code
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.exports import Exports
from stackflight.read.manifest import Source
from stackflight.read.nested import Candidate, Elsewhere, Mounted, find_candidates
from stackflight.read.resolve import resolve_stack
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.ports import Folder


def join_stacks(
    sources: list[Source],
    parameters: Mapping[str, Value],
    folder: Folder,
    environment: Environment = Environment(),
    exports: Mapping[str, Value] | None = None,
    elsewhere: Sequence[Elsewhere] = (),
) -> World:
    """Resolve the stacks in order, exports joined to imports, nested templates inside their parents.

    `parameters` are given by the user; a key `STACK.NAME` binds one stack only. `exports` are what the account
    exports already, `elsewhere` the folders that stand for addresses of nested templates.
    """
    joiner = _Joiner(parameters, folder, environment, elsewhere)
    joiner.exports.add(exports or {}, environment)
    for source in sources:
        joiner.add(source)
    code = read_function_code(joiner.stacks, joiner.folders, joiner.assets, joiner.folder)
    return World(tuple(joiner.stacks), code, tuple(joiner.taken.values()))


class _Joiner:
    """Stacks resolved so far with what they export."""

    def __init__(
        self, parameters: Mapping[str, Value], folder: Folder, environment: Environment, elsewhere: Sequence[Elsewhere]
    ) -> None:
        self.given = parameters
        self.folder: Folder = Mounted(folder, elsewhere) if elsewhere else folder
        self.elsewhere = elsewhere
        self.environment = environment
        self.stacks: list[Stack] = []
        self.exports = Exports()
        self.templates: dict[str, Template | None] = {}
        self.taken: dict[Address, Taken] = {}
        self.nested = 0
        self.folders: dict[str, str] = {}
        self.assets: dict[str, Mapping[str, str]] = {}

    def add(self, source: Source) -> None:
        parameters: dict[str, Value] = {**self.given}
        for name in dict.fromkeys((source.called or source.name, source.name)):
            own = f"{name}."
            parameters |= {key.removeprefix(own): value for key, value in self.given.items() if key.startswith(own)}
        known = source.environment
        environment = Environment(known.account or self.environment.account, known.region or self.environment.region)
        source = replace(source, environment=environment)
        for stack in self._resolve(source, parameters, _Place(None, (source.file,))):
            self.stacks.append(stack)
            self.folders[stack.name] = source.folder
            self.assets[stack.name] = source.assets
            self.exports.add(stack.exports, stack.environment)

    def _resolve(self, source: Source, parameters: Mapping[str, Value], place: _Place) -> list[Stack]:
        """The nested stacks of a stack and, last, the stack itself."""
        bindings = Bindings(
            name=source.name,
            parameters=parameters,
            environment=source.environment,
            imports=self.exports.seen_from(source.environment),
            depends_on=source.depends_on,
            construct_paths=source.construct_paths,
            places=source.places,
            parent=place.parent,
            accepted=source.accepted,
            settings=source.settings,
            named=source.named,
            called=source.called,
        )
        stack = resolve_stack(source.template, bindings)
        family = self._nested(stack, source, place, _Family())
        if family.stacks:
            # Siblings feed one another through their outputs: a second round sees what the first gave.
            stack = resolve_stack(source.template, replace(bindings, nested_output=family.output))
            family = self._nested(stack, source, place, family)
            stack = resolve_stack(source.template, replace(bindings, nested_output=family.output))
        lookups = (Unknown(f"the lookup {key} was not done at synthesis", (f"lookup {key}",)) for key in source.missing)
        stack = replace(stack, unknowns=(*stack.unknowns, *lookups, *family.unread))
        return [*(inner for stacks in family.stacks.values() for inner in stacks), stack]

    def _nested(self, stack: Stack, source: Source, place: _Place, before: _Family) -> _Family:
        """The stacks nested in one; those that are given the same as before stay as they are."""
        found = _Family()
        for id, resource in stack.resources.items():
            if resource.type != "AWS::CloudFormation::Stack":
                continue
            given = resource.get("Parameters")
            parameters: Mapping[str, Value] = given if isinstance(given, dict) else {}
            if id in before.stacks and before.given[id] == parameters:
                found.keep(id, parameters, before.stacks[id])
                continue
            template, path, why = self._template(resource, parameters, source, place)
            if template is None:
                decided = (f"template of {resource.address}",)
                found.unread.append(Unknown(f"the nested stack {id} is not judged: {why}", decided))
                continue
            child = Source(
                name=f"{source.name}/{id}",
                template=template,
                environment=source.environment,
                folder=path[: path.rfind("/") + 1],
                assets=source.assets,
                places=source.places,
                accepted=source.accepted,
                settings=source.settings,
            )
            self.nested += 1
            found.keep(
                id,
                parameters,
                self._resolve(child, parameters, _Place(resource.address, (*place.within, posixpath.normpath(path)))),
            )
        return found

    def _template(
        self, resource: Resource, given: Mapping[str, Value], source: Source, place: _Place
    ) -> tuple[Template | None, str, str]:
        """The template of a nested stack and its file, each read once; where there is none to read, why."""
        url, first = resource.get("TemplateURL"), ""
        metadata = resource.attributes.get("Metadata")
        candidates = find_candidates(metadata, url, source.folder, source.assets, self.elsewhere)
        for candidate in candidates:
            template, why = self._read(candidate, given, place)
            if template is not None:
                if candidate.why:
                    shown = self.folder.show(candidate.path)
                    self.taken[resource.address] = Taken(resource.address, shown, candidate.why)
                return template, candidate.path, ""
            first = first or why
        at = render(url)
        away = not first and (not at or "://" in at or "${" in at)
        return None, "", f"its template is at {at}, not in a file here" if away else first

    def _read(self, candidate: Candidate, given: Mapping[str, Value], place: _Place) -> tuple[Template | None, str]:
        """The template in a file; None where it is not to be taken, and why (empty: there is none, and none was to be)."""
        path, led = candidate.path, not candidate.why
        if posixpath.normpath(path) in place.within:
            return None, f"its template {path} is one that it is nested in" if led else ""
        if len(place.within) >= NESTED_LEVELS.most:
            return None, str(NESTED_LEVELS)
        if self.nested >= NESTED_STACKS.most:
            return None, str(NESTED_STACKS)
        try:
            template = self._parse(path)
        except UnreadableInput as error:
            if led:
                raise
            return None, f"{error.place} cannot be read: {error.message}"
        if template is None:
            plain = led and "://" not in path and "${" not in path
            return None, f"there is no file {path} below the folder" if plain else ""
        strange = sorted(given.keys() - template.section("Parameters").keys())
        if candidate.guessed and strange:
            return None, f"{self.folder.show(path)} has its name and does not declare {strange[0]}"
        return template, ""

    def _parse(self, path: str) -> Template | None:
        """The template in a file, each read once; None where there is none. Raises UnreadableInput."""
        if path not in self.templates:
            text = self.folder.read(path)
            self.templates[path] = None if text is None else parse_template(text, self.folder.show(path))
        return self.templates[path]


@dataclass(frozen=True)
class _Place:
    """Where a stack is nested: the resource that makes it, and the files that it is nested in, its own included."""

    parent: Address | None = None
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Family:
    """The stacks nested in one by the id of their resource, what each was given, and those that could not be read."""

    stacks: dict[str, list[Stack]] = field(default_factory=dict)
    given: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    unread: list[Unknown] = field(default_factory=list)

    def keep(self, id: str, given: Mapping[str, Value], stacks: list[Stack]) -> None:
        """Note a nested stack with all that is nested in it."""
        self.stacks[id], self.given[id] = stacks, given

    def output(self, id: str, name: str) -> Value:
        """What `Fn::GetAtt` of an output of a nested stack gives; None where that is not known."""
        return self.stacks[id][-1].outputs.get(name) if id in self.stacks else None
