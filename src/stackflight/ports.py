"""What the core asks of the world. Adapters in `aws` and `local` answer; tests bring their own."""

from __future__ import annotations

from typing import Protocol


class Folder(Protocol):
    """Read-only files below one folder, named by relative path with forward slashes."""

    def read(self, name: str) -> str | None:
        """The text of a file, None where there is none. Raises UnreadableInput where it is not text."""
        ...

    def names(self, below: str) -> list[str]:
        """Relative paths of all files below a folder, sorted; empty where there is none."""
        ...

    def show(self, name: str) -> str:
        """The path to print for a file."""
        ...
