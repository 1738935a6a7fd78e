"""Packages of npm for the slow suites, each set in a folder of its own; skipped, by name, where npm cannot be reached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from librechat_aws.errors import ToolMissingError
from librechat_aws.npm import install_packages


def install(folder: Path, packages: Sequence[str]) -> Path:
    """The folder, with the packages under node_modules."""
    try:
        return install_packages(folder, packages)
    except ToolMissingError as error:
        pytest.skip(str(error))
