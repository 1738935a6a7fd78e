"""Packages of npm in, a folder with node_modules out: all of it or none.

npm comes with the Node of the Python packages. What it makes gets its name when everything is there, so that neither a
failure nor a second process at the same moment leaves half of it to be read.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from librechat_aws.errors import ToolMissingError
from librechat_aws.node import ensure_node

SECONDS = 180


def find_node() -> Path:
    """The Node that runs the CDK; raises ToolMissingError where there is none."""
    environment = dict(os.environ)
    ensure_node(environment)
    return Path(environment["JSII_NODE"])


def install_packages(folder: Path, packages: Sequence[str]) -> Path:
    """The folder, with the packages under node_modules; raises ToolMissingError where npm fails."""
    modules = folder / "node_modules"
    if modules.is_dir():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".npm-", dir=folder) as made:
        _run_npm(Path(made), packages)
        try:
            (Path(made) / "node_modules").rename(modules)
        except OSError:
            if not modules.is_dir():
                raise
    return folder


def _run_npm(folder: Path, packages: Sequence[str]) -> None:
    node = find_node()
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = [str(node), str(npm)] if npm.is_file() else ["npm"]
    arguments = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefix", str(folder)]
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        subprocess.run(
            [*program, *arguments, *packages], env=environment, check=True, capture_output=True, timeout=SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissingError(
            f"npm cannot install {', '.join(packages)}", "npm needs a registry; see npm config get registry."
        ) from error
