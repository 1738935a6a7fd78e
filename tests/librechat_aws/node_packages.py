"""Packages of npm for the slow suites, each set in a folder of its own; skipped, by name, where npm cannot be reached."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest


def install(folder: Path, packages: Sequence[str]) -> Path:
    """The folder, with the packages under node_modules."""
    node = Path(os.environ["JSII_NODE"])
    npm = node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    command = [node, npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, *packages]
    environment = {**os.environ, "PATH": f"{node.parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install {', '.join(packages)} here")
    return folder
