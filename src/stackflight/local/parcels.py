"""Cloud assemblies on disk -> what has to be uploaded and built before their stacks are begun."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stackflight.model.budgets import FOLDER_FILES
from stackflight.model.estimate import Parcel


def measure_parcel(folders: Iterable[Path]) -> Parcel:
    """The assets that the asset manifests below folders list, each counted once, in bytes as they lie there."""
    found: dict[str, int] = {}
    images: set[str] = set()
    for manifest in (file for folder in folders for file in sorted(folder.glob("**/*.assets.json"))):
        listed = _load(manifest)
        images.update(listed.get("dockerImages", {}))
        for key, item in listed.get("files", {}).items():
            source = item.get("source") if isinstance(item, dict) else None
            path = source.get("path") if isinstance(source, dict) else None
            if isinstance(path, str) and key not in found:
                found[key] = _size(manifest.parent / path)
    return Parcel(len(found), sum(found.values()), len(images), is_cdk=bool(found or images))


def _load(file: Path) -> dict[str, Any]:
    """The manifest; nothing of one that cannot be read or is of another form."""
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    parts = listed.items() if isinstance(listed, dict) else ()
    return {name: part for name, part in parts if isinstance(part, dict)}


def _size(path: Path) -> int:
    """Bytes of a file or of all files below a folder, no more of them than the budget says."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
        return sum(file.stat().st_size for _, file in zip(range(FOLDER_FILES.most), files, strict=False))
    except OSError:
        return 0
