"""A cloud assembly on disk -> the Sources of its stacks in deployment order, stages included.

Source: the cloud assembly schema (`manifest.json`), aws-cdk-lib/cloud-assembly-schema.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from stackflight.errors import UnreadableInput
from stackflight.model.template import Accepted, Environment, Spot, Template
from stackflight.read.assets import read_asset_paths
from stackflight.read.creation import read_accepted, read_places, read_settings
from stackflight.read.document import parse_template
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.ports import Folder

_STACK = "aws:cloudformation:stack"
_AGAIN = "run 'cdk synth' again"


@dataclass(frozen=True)
class Source:
    """One stack to be: its template and what the assembly says of it.

    `name` is the only one of its kind in an assembly and tells its resources apart; `called` is what the stack will be
    called where that is another name, because two stacks of two Regions may bear one. `named` is False for a template
    that stands alone: it is called after its file, but its stack may be called anything. `file` is the template's path in
    the folder, `folder` where its relative paths begin; `assets` leads from the hash of an asset to its place in the
    folder, `places` from the path of a construct to the line that made it.
    that stands alone: it is called after its file, but its stack may be called anything. `assets` leads from the hash of
    an asset to its place in the folder, `places` from the path of a construct to the line that made it;
    `accepted` are the checks that are left out at constructs, `settings` what an app says of the settings that decide over them.
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
    called: str = ""
    places: Mapping[str, Spot] = field(default_factory=dict)
    file: str = ""
    accepted: tuple[Accepted, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


def read_assembly(folder: Folder, home: str = "") -> list[Source]:
    """The stacks of a cloud assembly in deployment order, stages included. Raises UnreadableInput.

    Files of the program that made it are named from `home`, the folder of the reader.
    """
    found = _name_apart(_Reader(folder, home).read("", ()))
    if not found:
        raise UnreadableInput("the cloud assembly holds no stack", file=folder.show("manifest.json"), hint=_AGAIN)
    names = {source.name for source in found}
    ordered: list[Source] = []
    while found:
        placed = {source.name for source in ordered}
        ready = [source for source in found if not (set(source.depends_on) & names) - placed]
        if not ready:
            circle = ", ".join(source.name for source in found)
            raise UnreadableInput(
                f"the stacks wait for one another in a circle: {circle}",
                file=folder.show("manifest.json"),
                hint=_AGAIN,
            )
        ordered.extend(ready)
        taken = {source.name for source in ready}
        found = [source for source in found if source.name not in taken]
    return ordered


def _name_apart(found: list[Source]) -> list[Source]:
    """The sources by the names of their stacks, those that share one by the ids of their artifacts.

    They come named by the paths of their artifacts, and so do their dependencies.
    """
    called = Counter(source.called for source in found)
    ids = Counter(posixpath.basename(source.name) for source in found)
    names: dict[str, str] = {}
    for source in found:
        id = posixpath.basename(source.name)
        alone = ids[id] == 1 and id not in called.keys() - {source.called}
        names[source.name] = source.called if called[source.called] == 1 else id if alone else source.name
    return [
        replace(
            source,
            name=names[source.name],
            called="" if names[source.name] == source.called else source.called,
            depends_on=tuple(names[other] for other in source.depends_on if other in names),
        )
        for source in found
    ]


class _Reader:
    """Reads manifests, and refuses what is of another form than the schema's."""

    def __init__(self, folder: Folder, home: str) -> None:
        self.folder = folder
        self.home = home

    def read(self, below: str, within: tuple[str, ...]) -> list[Source]:
        """The stacks of the manifest in a folder and in the assemblies that it holds."""
        file = self.folder.show(f"{below}manifest.json")
        text = self.folder.read(f"{below}manifest.json")
        if text is None:
            raise UnreadableInput(
                "the folder holds no manifest.json, so it is no cloud assembly", file=self.folder.show(below),
                hint="give a template file, or the folder that 'cdk synth' wrote (cdk.out)",
            )  # fmt: skip
        if below in within:
            raise UnreadableInput("the assembly holds itself", file=file, hint=_AGAIN)
        manifest = _load(text, file)
        artifacts = {
            name: _mapping(artifact, f"the artifact {name}", file)
            for name, artifact in _mapping(manifest.get("artifacts", {}), "what stands under artifacts", file).items()
        }
        lookups = manifest.get("missing")
        missing = tuple(
            str(item.get("key", "a lookup"))
            for item in (lookups if isinstance(lookups, list) else [])
            if isinstance(item, dict)
        )
        found: list[Source] = []
        for name, artifact in artifacts.items():
            properties = _mapping(artifact.get("properties", {}), f"the properties of {name}", file)
            if artifact.get("type") == "cdk:cloud-assembly":
                inner = posixpath.normpath(f"{below}{properties.get('directoryName', name)}") + "/"
                found.extend(self.read("" if inner == "./" else inner, (*within, below)))
            elif artifact.get("type") == _STACK:
                found.append(self._stack(below, name, artifacts, missing))
        return found

    def _stack(self, below: str, name: str, artifacts: dict[str, dict[str, Any]], missing: tuple[str, ...]) -> Source:
        artifact = artifacts[name]
        manifest = self.folder.show(f"{below}manifest.json")
        properties = artifact.get("properties") or {}
        file = f"{below}{properties.get('templateFile', name + '.template.json')}"
        text = self.folder.read(file)
        if text is None:
            raise UnreadableInput(f"the assembly names {file}, but the file is not there", file=manifest, hint=_AGAIN)
        others = artifact.get("dependencies") or []
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            raise UnreadableInput(f"the dependencies of {name} are no list of names", file=manifest, hint=_AGAIN)
        metadata = self._metadata(below, name, artifact)
        return Source(
            name=f"{below}{name}",
            called=str(properties.get("stackName") or name),
            template=parse_template(text, self.folder.show(file)),
            environment=_environment(str(artifact.get("environment", ""))),
            depends_on=tuple(f"{below}{other}" for other in others if artifacts.get(other, {}).get("type") == _STACK),
            construct_paths=_construct_paths(metadata),
            places=read_places(metadata, self.home),
            accepted=read_accepted(metadata),
            settings=read_settings(metadata),
            folder=below,
            file=posixpath.normpath(file),
            missing=missing,
            assets=_old_assets(metadata) | read_asset_paths(self.folder, below, name, artifacts),
        )

    def _metadata(self, below: str, name: str, artifact: dict[str, Any]) -> dict[str, Any]:
        """Construct path -> what the CDK says of it, inline or in a file of its own."""
        manifest = self.folder.show(f"{below}manifest.json")
        metadata = dict(_mapping(artifact.get("metadata", {}), f"the metadata of {name}", manifest))
        extra = artifact.get("additionalMetadataFile")
        if isinstance(extra, str) and (text := self.folder.read(below + extra)) is not None:
            metadata.update(_load(text, self.folder.show(below + extra)))
        return metadata


def _old_assets(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Hash -> path of the assets that version 1 of the CDK lists in the metadata, and hands over as parameters."""
    data = [
        entry.get("data")
        for entries in metadata.values()
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and entry.get("type") == "aws:cdk:asset"
    ]
    return {str(one.get("sourceHash")): str(one["path"]) for one in data if isinstance(one, dict) and "path" in one}


def _construct_paths(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Logical id -> construct path."""
    paths: dict[str, str] = {}
    for path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("type") == "aws:cdk:logicalId":
                paths[str(entry.get("data"))] = path.lstrip("/")
    return paths


def _mapping(given: Any, what: str, file: str) -> dict[str, Any]:
    """What the schema wants to be a mapping."""
    if not isinstance(given, dict):
        raise UnreadableInput(f"{what} must be a mapping", file=file, line=1, hint=_AGAIN)
    return given


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
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise UnreadableInput("not valid JSON", file=file, line=line, hint=_AGAIN) from None
    if not isinstance(loaded, dict):
        raise UnreadableInput("not a cloud assembly's file", file=file, line=1, hint=_AGAIN)
    return loaded
