"""Templates on disk -> World: one file, several files, or a cloud assembly with its nested stacks.

Source: the cloud assembly schema (`manifest.json`), aws-cdk-lib/cloud-assembly-schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.template import Environment, Stack, Template, World
from stackflight.model.value import Address, Unknown, Value
from stackflight.ports import Folder
from stackflight.read.assets import nested_file, read_asset_paths, read_function_code
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.resolve import resolve_stack

_MAX_NESTING = 5


@dataclass(frozen=True)
class Source:
    """One stack to be: its template and what the assembly says of it.

    `named` is False for a template that stands alone: it is called after its file, but its stack may be called anything.
    `assets` leads from the hash of an asset to its place in the folder.
    """

    name: str
    template: Template
    environment: Environment = Environment()
    depends_on: tuple[str, ...] = ()
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    missing: tuple[str, ...] = ()
    named: bool = True
    assets: Mapping[str, str] = field(default_factory=dict)


def read_assembly(folder: Folder) -> list[Source]:
    """The stacks of a cloud assembly in deployment order, stages included. Raises UnreadableInput."""
    found = _read_manifest(folder, "")
    if not found:
        raise UnreadableInput(
            "the cloud assembly holds no stack",
            file=folder.show("manifest.json"),
            hint="run 'cdk synth' again",
        )
    names = {source.name for source in found}
    ordered: list[Source] = []
    while found:
        placed = {source.name for source in ordered}
        ready = [source for source in found if not (set(source.depends_on) & names) - placed]
        ordered.extend(ready or found[:1])
        found = [source for source in found if source not in ordered]
    return ordered


def _read_manifest(folder: Folder, below: str) -> list[Source]:
    path = f"{below}manifest.json"
    text = folder.read(path)
    if text is None:
        raise UnreadableInput(
            "the folder holds no manifest.json, so it is no cloud assembly",
            file=folder.show(below), hint="give a template file, or the folder that 'cdk synth' wrote (cdk.out)",
        )  # fmt: skip
    manifest = _load(text, folder.show(path))
    artifacts: dict[str, Any] = manifest.get("artifacts") or {}
    found: list[Source] = []
    missing = tuple(
        str(item.get("key", "a lookup")) for item in manifest.get("missing") or [] if isinstance(item, dict)
    )
    for name, artifact in artifacts.items():
        kind, properties = artifact.get("type"), artifact.get("properties") or {}
        if kind == "cdk:cloud-assembly":
            found.extend(_read_manifest(folder, f"{below}{properties.get('directoryName', name)}/"))
        elif kind == "aws:cloudformation:stack":
            found.append(_read_stack(folder, below, name, artifact, artifacts, missing))
    return found


def _read_stack(
    folder: Folder,
    below: str,
    name: str,
    artifact: dict[str, Any],
    artifacts: dict[str, Any],
    missing: tuple[str, ...],
) -> Source:
    properties = artifact.get("properties") or {}
    file = f"{below}{properties.get('templateFile', name + '.template.json')}"
    text = folder.read(file)
    if text is None:
        raise UnreadableInput(
            f"the assembly names {file}, but the file is not there",
            file=folder.show(f"{below}manifest.json"), hint="run 'cdk synth' again",
        )  # fmt: skip
    depends_on = tuple(
        _stack_name(other, artifacts[other])
        for other in artifact.get("dependencies") or []
        if artifacts.get(other, {}).get("type") == "aws:cloudformation:stack"
    )
    return Source(
        name=_stack_name(name, artifact),
        template=parse_template(text, folder.show(file)),
        environment=_environment(str(artifact.get("environment", ""))),
        depends_on=depends_on,
        construct_paths=_construct_paths(folder, below, artifact),
        folder=below,
        missing=missing,
        assets=read_asset_paths(folder, below, name, artifacts),
    )


def _stack_name(artifact_id: str, artifact: dict[str, Any]) -> str:
    return str((artifact.get("properties") or {}).get("stackName") or artifact_id)


def _construct_paths(folder: Folder, below: str, artifact: dict[str, Any]) -> dict[str, str]:
    """Logical id -> construct path, from the artifact's metadata (inline or in its own file)."""
    metadata = dict(artifact.get("metadata") or {})
    extra = artifact.get("additionalMetadataFile")
    if isinstance(extra, str) and (text := folder.read(below + extra)) is not None:
        metadata.update(_load(text, folder.show(below + extra)))
    paths: dict[str, str] = {}
    for path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("type") == "aws:cdk:logicalId":
                paths[str(entry.get("data"))] = path.lstrip("/")
    return paths


def _environment(text: str) -> Environment:
    match = re.fullmatch(r"aws://([^/]+)/([^/]+)", text)
    if not match:
        return Environment()
    account, region = match.groups()
    return Environment(
        None if account.startswith("unknown") else account, None if region.startswith("unknown") else region
    )


def _load(text: str, file: str) -> dict[str, Any]:
    try:
        loaded = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise UnreadableInput("not valid JSON", file=file, line=line, hint="run 'cdk synth' again") from None
    if not isinstance(loaded, dict):
        raise UnreadableInput("not a cloud assembly's file", file=file, line=1, hint="run 'cdk synth' again")
    return loaded


def join_stacks(
    sources: list[Source],
    parameters: Mapping[str, Value],
    folder: Folder,
    environment: Environment = Environment(),
    exports: Mapping[str, Value] | None = None,
) -> World:
    """Resolve the stacks in order, exports joined to imports, nested templates inside their parents.

    `parameters` are given by the user; a key `STACK.NAME` binds one stack only. `exports` are what the account
    exports already.
    """
    joiner = _Joiner(parameters, folder, environment)
    joiner.exports.update(exports or {})
    for source in sources:
        joiner.add(source)
    return World(tuple(joiner.stacks), read_function_code(joiner.stacks, joiner.folders, joiner.assets, folder))


class _Joiner:
    """Stacks resolved so far with what they export."""

    def __init__(self, parameters: Mapping[str, Value], folder: Folder, environment: Environment) -> None:
        self.given = parameters
        self.folder = folder
        self.environment = environment
        self.stacks: list[Stack] = []
        self.exports: dict[str, Value] = {}
        self.folders: dict[str, str] = {}
        self.assets: dict[str, Mapping[str, str]] = {}

    def add(self, source: Source) -> None:
        own = {key.split(".", 1)[1]: value for key, value in self.given.items() if key.startswith(f"{source.name}.")}
        parameters: dict[str, Value] = {**self.given, **own}
        known = source.environment
        environment = Environment(known.account or self.environment.account, known.region or self.environment.region)
        source = replace(source, environment=environment)
        for stack in self._resolve(source, parameters, None, 0):
            self.stacks.append(stack)
            self.folders[stack.name] = source.folder
            self.assets[stack.name] = source.assets
            self.exports.update(stack.exports)

    def _resolve(
        self, source: Source, parameters: Mapping[str, Value], parent: Address | None, depth: int
    ) -> list[Stack]:
        """The nested stacks of a stack and, last, the stack itself."""
        bindings = Bindings(
            name=source.name,
            parameters=parameters,
            environment=source.environment,
            imports=self.exports.get,
            depends_on=source.depends_on,
            construct_paths=source.construct_paths,
            parent=parent,
            named=source.named,
        )
        stack = resolve_stack(source.template, bindings)
        nested = self._nested(stack, source, depth)
        if nested:
            # Siblings feed one another through their outputs: a second round sees what the first gave.
            stack = resolve_stack(source.template, replace(bindings, nested_output=_outputs_of(nested)))
            nested = self._nested(stack, source, depth)
            stack = resolve_stack(source.template, replace(bindings, nested_output=_outputs_of(nested)))
        if source.missing:
            lookups = (
                Unknown(f"the lookup {key} was not done at synthesis", (f"lookup {key}",)) for key in source.missing
            )
            stack = replace(stack, unknowns=(*stack.unknowns, *lookups))
        return [*(inner for family in nested.values() for inner in family), stack]

    def _nested(self, stack: Stack, source: Source, depth: int) -> dict[str, list[Stack]]:
        found: dict[str, list[Stack]] = {}
        for id, resource in stack.resources.items():
            if resource.type != "AWS::CloudFormation::Stack" or depth >= _MAX_NESTING:
                continue
            name = nested_file(resource.attributes.get("Metadata"), resource.get("TemplateURL"), source.assets)
            text = self.folder.read(source.folder + name) if name else None
            if text is None:
                continue
            child = Source(
                name=f"{source.name}/{id}",
                template=parse_template(text, self.folder.show(source.folder + name)),
                environment=source.environment,
                folder=source.folder + (name.rsplit("/", 1)[0] + "/" if "/" in name else ""),
                assets=source.assets,
            )
            given = resource.get("Parameters")
            found[id] = self._resolve(child, given if isinstance(given, dict) else {}, resource.address, depth + 1)
        return found


def _outputs_of(nested: Mapping[str, list[Stack]]) -> Callable[[str, str], Value]:
    return lambda id, name: nested[id][-1].outputs.get(name) if id in nested else None
