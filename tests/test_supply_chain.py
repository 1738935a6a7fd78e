"""What `make setup` installs is told by hash, the installer too."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
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


def test_a_python_that_is_too_old_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    """Audit, row 33: with Python 3.10 the installer blamed a package."""
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    for name in ("Makefile", "requirements.lock", "requirements-uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    make = ["make", "--no-print-directory", "setup", f"PYTHON={old}"]
    done = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert (
        f"error: Python 3.11 or newer is needed, and {old} is older; hint: make PYTHON=python3.12 setup" in done.stderr
    )
    assert not (tmp_path / ".venv").exists()


def test_the_systems_that_it_runs_on_are_said_where_one_begins_and_to_the_registry() -> None:
    """Audit, row 35: Windows is its Linux subsystem."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (
        "Linux or macOS (on Windows its Linux subsystem)" in (ROOT / "README.md").read_text("utf-8").partition("##")[0]
    )
    assert [one for one in project["classifiers"] if one.startswith("Operating System")] == [
        "Operating System :: MacOS", "Operating System :: POSIX :: Linux",
    ]  # fmt: skip


def test_the_source_distribution_carries_what_builds_and_explains_it(tmp_path: Path) -> None:
    """Audit, row 32: it carried 773 files of tests; and no link of the README may die outside of the repository."""
    build = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    [made] = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tops = {name.partition("/")[0] for name in names}

    assert not tops & {"tests", ".ci", "tools", ".bench"}
    assert {"src", "docs", "examples", "README.md", "CHANGELOG.md", "LICENSE"} <= tops
    links = set(re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / "README.md").read_text("utf-8")))
    assert [
        link for link in sorted(links) if link not in names and not any(n.startswith(f"{link}/") for n in names)
    ] == []
