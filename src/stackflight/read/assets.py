"""Function assets in a cloud assembly -> the source texts of their own code."""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.errors import UnreadableInput
from stackflight.model.template import Stack
from stackflight.model.value import Address, render
from stackflight.ports import Folder

_ENDINGS = (".py", ".js", ".mjs", ".cjs", ".ts")
_MOST_FILES = 20
_MOST_CHARACTERS = 400_000


def read_function_code(
    stacks: list[Stack], folders: Mapping[str, str], folder: Folder
) -> dict[Address, tuple[str, ...]]:
    """Source texts by function. Files in sub-folders count only where the handler names them."""
    found: dict[Address, tuple[str, ...]] = {}
    read: dict[tuple[str, str], tuple[str, ...]] = {}
    for stack in stacks:
        for resource in stack.resources.values():
            metadata = resource.attributes.get("Metadata")
            asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
            if resource.type != "AWS::Lambda::Function" or not isinstance(asset, str):
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
