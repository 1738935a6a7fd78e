"""What `make setup` installs is told by hash, the installer too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-uv.lock"])
def test_every_package_is_locked_to_a_version_and_its_hashes(name: str) -> None:
    """The installer was installed by version without a hash: it has a lock of its own, and every lock has hashes."""
    packages = re.split(r"\n(?=[A-Za-z])", (ROOT / name).read_text().strip())
    assert packages
    for package in packages:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==\S+", package)
        assert "--hash=sha256:" in package


def test_the_makefile_installs_by_hash_only() -> None:
    """Every installation of `make setup` requires hashes, but for this package itself."""
    lines = [
        line for line in (ROOT / "Makefile").read_text().partition("\ncheck:")[0].splitlines() if " install " in line
    ]
    assert len(lines) == 3
    assert [
        line for line in lines if "--require-hashes" not in line and "--no-deps --no-build-isolation -e ." not in line
    ] == []
