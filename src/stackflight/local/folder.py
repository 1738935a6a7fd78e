"""The `Folder` port over a folder on this machine."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from dataclasses import field
from pathlib import Path

from stackflight.errors import UnreadableInput
from stackflight.model.budgets import FOLDER_FILES
from stackflight.records import dataclass


@dataclass(frozen=True)
class LocalFolder:
    """Files below `root`, printed as if they stood below `shown`.

    A template may point to its neighbours with `..`; what is neither below `root` nor below `also` does not exist.
    """

    root: Path
    shown: str = ""
    also: tuple[Path, ...] = ()
    opened: set[Path] = field(default_factory=set, compare=False, repr=False)
    """The files that were read, links resolved: what nobody may write over."""

    def read(self, name: str) -> str | None:
        """The text of a file, None where there is none. Raises UnreadableInput where it is not text."""
        path = self._inside(name)
        try:
            if path is None or not path.is_file():
                return None
        except OSError:
            return None
        self.opened.add(path)
        return read_text(path, self.show(name))

    def names(self, below: str) -> list[str]:
        """Relative paths of all files below a folder, sorted; empty where there is none.

        Folders that links lead to are left out, and so is what is beyond the budget for files.
        """
        start = self._inside(below)
        if start is None:
            return []
        found: list[str] = []
        for folder, folders, files in os.walk(start):
            folders.sort()
            inner = Path(folder).relative_to(start).as_posix()
            found += [posixpath.normpath(posixpath.join(below, inner, file)) for file in sorted(files)]
            if len(found) >= FOLDER_FILES.most:
                break
        return sorted(found[: FOLDER_FILES.most])

    def _inside(self, name: str) -> Path | None:
        """Where a name leads, links followed; None where that is outside."""
        try:
            path = (self.root / name).resolve()
            inside = any(path.is_relative_to(folder.resolve()) for folder in (self.root, *self.also))
        except (OSError, ValueError, RuntimeError):  # too long, with a NUL, a circle of links
            return None
        return path if inside else None

    def show(self, name: str) -> str:
        """The path to print for a file."""
        return posixpath.join(self.shown, name).rstrip("/") or "."


class JoinedFolders:
    """Several folders as one: a name starts with the folder's number (`1/template.yaml`)."""

    def __init__(self, folders: Iterable[LocalFolder]) -> None:
        self._folders = tuple(folders)

    def read(self, name: str) -> str | None:
        """The text of a file, None where there is none. Raises UnreadableInput where it is not text."""
        folder, rest = self._find(name)
        return folder.read(rest)

    def names(self, below: str) -> list[str]:
        """Paths of all files below a folder, sorted; empty where there is none."""
        folder, rest = self._find(below)
        return [f"{below.partition('/')[0]}/{name}" for name in folder.names(rest)]

    def show(self, name: str) -> str:
        """The path to print for a file."""
        folder, rest = self._find(name)
        return folder.show(rest)

    def _find(self, name: str) -> tuple[LocalFolder, str]:
        number, _, rest = name.partition("/")
        return self._folders[int(number)], rest


def read_text(path: Path, shown: str) -> str:
    """A file's text. Raises UnreadableInput where it cannot be opened or is not UTF-8."""
    try:
        return decode(path.read_bytes(), shown)
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableInput(
            f"the file cannot be read: {reason}", file=shown, hint="check that it exists and that you may read it"
        ) from None


def decode(data: bytes, shown: str) -> str:
    """The text of a file with its line breaks as one kind. Raises UnreadableInput where it is none."""
    try:
        return _decode(data).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise UnreadableInput(
            "this is a binary file or not UTF-8 text",
            file=shown,
            hint="give a template in YAML or JSON, saved as UTF-8, or a cdk.out folder",
        ) from None


def _decode(data: bytes) -> str:
    """UTF-8, or UTF-16 as editors on Windows write it, told by its mark or by a NUL beside the first character."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16")
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le")
    return data.decode("utf-8-sig")


def as_text(argument: str) -> str:
    """An argument, or a file's name, as text that can be written: what is no UTF-8 in it is shown as unknown."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
