"""Folders and patterns as typed -> the templates below them, each a target of its own."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from stackflight.errors import UnreadableInput
from stackflight.local.folder import as_text
from stackflight.model.budgets import FOLDER_FILES
from stackflight.patterns import compile_later

_ENDINGS = (".yaml", ".yml", ".json", ".template")
_LEFT_OUT = {"node_modules", "cdk.out", ".aws-sam"}
_TEMPLATE = compile_later(r'^\s*["\']?Resources["\']?\s*:|\{\s*"Resources"\s*:|,\s*"Resources"\s*:', re.MULTILINE)


def spread(targets: Sequence[str]) -> list[str]:
    """The targets, a folder or a pattern replaced by what it holds. Raises UnreadableInput where that is nothing.

    In a folder, files count that look like a template; hidden folders, `node_modules`, `cdk.out` and `.aws-sam` are left
    out, what links lead to as well. A folder with a manifest, or with a `cdk.out`, is an assembly and stays as it is.
    """
    found: list[str] = []
    for target in targets:
        if _is_plain_folder(target):
            inside = list(_templates_below(target))
            if not inside:
                hint = "a target is a template file, a folder of them, a cdk.out folder, or APP:PRESET"
                raise UnreadableInput("the folder holds no template", file=as_text(target), hint=hint)
            found += inside
        elif glob.has_magic(target) and not os.path.lexists(target):
            matched = sorted(glob.glob(target, recursive=True))  # noqa: PTH207 -- a pattern may be absolute
            if not matched:
                hint = "quote it, so that the shell leaves it alone: 'stacks/**/*.yaml'"
                raise UnreadableInput("no file fits this pattern", file=as_text(target), hint=hint)
            found += spread([one for one in matched if not _is_plain_folder(one)])
        else:
            found.append(target)
    return found


def _is_plain_folder(target: str) -> bool:
    try:
        return bool(target) and Path(target).is_dir() and not _is_assembly(Path(target))
    except (OSError, ValueError):
        return False


def _is_assembly(folder: Path) -> bool:
    return (folder / "manifest.json").is_file() or (folder / "cdk.out" / "manifest.json").is_file()


def _templates_below(target: str) -> Iterator[str]:
    seen = 0
    for folder, folders, files in os.walk(target):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        for name in sorted(files):
            seen += 1
            if seen > FOLDER_FILES.most:
                raise UnreadableInput(str(FOLDER_FILES), file=as_text(target), hint="name a folder further down")
            path = Path(folder, name)
            if name.endswith(_ENDINGS) and _looks_like_a_template(path):
                yield str(path)


def _looks_like_a_template(path: Path) -> bool:
    """Whether a file may be one; what may not be read counts, so that it is told instead of left out."""
    try:
        if not path.is_file():
            return False
        raw = path.read_bytes()
    except OSError:
        return True
    text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", errors="replace")
    return "Type" in text and _TEMPLATE.search(text) is not None
