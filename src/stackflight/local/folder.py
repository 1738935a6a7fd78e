"""The `Folder` port over a folder on this machine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stackflight.errors import UnreadableInput


@dataclass(frozen=True)
class LocalFolder:
    """Files below `root`, printed as if they stood below `shown`.

    A template may point to its neighbours with `..`; what is neither below `root` nor below `also` does not exist.
    """

    root: Path
    shown: str = ""
    also: tuple[Path, ...] = ()

    def read(self, name: str) -> str | None:
        """The text of a file, None where there is none. Raises UnreadableInput where it is not text."""
        try:
            path = (self.root / name).resolve()
            inside = any(path.is_relative_to(folder.resolve()) for folder in (self.root, *self.also))
            if not inside or not path.is_file():
                return None
        except (OSError, ValueError):
            return None
        return read_text(path, self.show(name))

    def names(self, below: str) -> list[str]:
        """Relative paths of all files below a folder, sorted; empty where there is none."""
        found = (path for path in (self.root / below).rglob("*") if path.is_file())
        return sorted(path.relative_to(self.root).as_posix() for path in found)

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
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableInput(
            "this is a binary file or not UTF-8 text",
            file=shown,
            hint="give a template in YAML or JSON, saved as UTF-8, or a cdk.out folder",
        ) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableInput(
            f"the file cannot be read: {reason}", file=shown, hint="check that it exists and that you may read it"
        ) from None
