"""Assets in a cloud assembly: where each lies, and the source texts of functions' own code.

The CDK's command line notes the path of an asset at its resource (`aws:asset:path`); an app that is run by itself does
not, and only the hash in the name of the S3 object leads to it, through the asset manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stackflight.errors import UnreadableInput
from stackflight.model.value import Address, render
from stackflight.patterns import compile_later

if TYPE_CHECKING:
    from stackflight.model.template import Stack
    from stackflight.ports import Folder

_ENDINGS = (".py", ".js", ".mjs", ".cjs", ".ts")
_MOST_FILES = 20
_MOST_CHARACTERS = 400_000


_HASH = compile_later(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def read_asset_paths(folder: Folder, below: str, stack: str, artifacts: Mapping[str, Any]) -> dict[str, str]:
    """Hash -> path of the assets that a stack's own manifest lists; empty where there is none or it is no JSON."""
    artifact = artifacts.get(f"{stack}.assets")
    properties = artifact.get("properties") if isinstance(artifact, dict) else None
    name = properties.get("file") if isinstance(properties, dict) else None
    text = folder.read(f"{below}{name}") if isinstance(name, str) else None
    try:
        files = json.loads(text or "{}")["files"].items()
        return {str(key): str(item["source"]["path"]) for key, item in files if "path" in item["source"]}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}


def asset_named(text: str, assets: Mapping[str, str]) -> str:
    """The path of the asset whose hash stands in a URL or key; empty where there is none."""
    return next((assets[name] for name in _HASH.findall(text) if name in assets), "")


def read_function_code(
    stacks: list[Stack], folders: Mapping[str, str], assets: Mapping[str, Mapping[str, str]], folder: Folder
) -> dict[Address, tuple[str, ...]]:
    """Source texts by function. Files in sub-folders count only where the handler names them."""
    found: dict[Address, tuple[str, ...]] = {}
    read: dict[tuple[str, str], tuple[str, ...]] = {}
    for stack in stacks:
        for resource in stack.resources.values():
            if resource.type != "AWS::Lambda::Function":
                continue
            metadata = resource.attributes.get("Metadata")
            asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
            if not isinstance(asset, str):
                asset = asset_named(render(resource.get("Code", "S3Key")), assets.get(stack.name, {}))
            if not asset:
                continue
            key = (folders.get(stack.name, "") + asset, render(resource.get("Handler")))
            if key not in read:
                read[key] = _read(folder, *key)
            if read[key]:
                found[resource.address] = read[key]
    return found


def _read(folder: Folder, asset: str, handler: str) -> tuple[str, ...]:
    prefix = asset.rstrip("/") + "/"
    module = handler.rsplit(".", 1)[0].replace(".", "/")
    own = module.rsplit("/", 1)[0] + "/" if "/" in module else ""
    names = [name for name in folder.names(asset) if name.endswith(_ENDINGS)]
    chosen = [name for name in names if name.removeprefix(prefix).rpartition("/")[0] in {"", own.rstrip("/")}]
    texts: list[str] = []
    for name in chosen[:_MOST_FILES]:
        try:
            text = folder.read(name)
        except UnreadableInput:
            continue
        if text is not None and len(text) < _MOST_CHARACTERS:
            texts.append(text)
    return tuple(texts)
