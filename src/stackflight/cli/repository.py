"""A file as typed -> its name in the repository, which is what GitHub matches findings with.

Source: GitHub documentation, "SARIF support for code scanning": relative paths start at the root of the repository, and
links are to be resolved.
"""

from __future__ import annotations

import os
from pathlib import Path


def name_in_repository(file: str) -> str:
    """Relative to the repository that holds it, else to the workspace of the workflow; else as it was typed.

    What leads out of the working directory without either is absolute.
    """
    path = Path(file)
    try:
        if not file or not path.exists():
            return file
        real = path.resolve()
    except (OSError, ValueError):
        return file
    root = next((folder for folder in real.parents if (folder / ".git").exists()), None)
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if root is None and workspace and real.is_relative_to(Path(workspace).resolve()):
        root = Path(workspace).resolve()
    if root is not None:
        return real.relative_to(root).as_posix()
    return str(real) if ".." in path.parts else file
