"""What npm fetches is there as a whole, or not at all."""

import os
from pathlib import Path

import pytest

from librechat_aws.errors import ToolMissingError
from librechat_aws.npm import install_packages

HALF = 'mkdir -p "$last/node_modules/one"'


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`npm(script)`: what runs in npm's place; `$last` is the folder that it is to fill, `$1` and on the packages."""

    def write(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, text in (
            ("node", ""),
            ("npm", f'while [ "$1" != --prefix ]; do shift; done; last=$2; shift 2\n{script}\n'),
        ):
            (folder / name).write_text(f"#!/bin/sh\n{text}")
            (folder / name).chmod(0o755)
        monkeypatch.setenv("JSII_NODE", str(folder / "node"))
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return write


def test_an_npm_that_fails_half_way_leaves_nothing_that_looks_installed(npm, tmp_path: Path) -> None:
    npm(f"{HALF}; exit 1")
    with pytest.raises(ToolMissingError, match="npm cannot install one@1, two@2"):
        install_packages(tmp_path / "out", ("one@1", "two@2"))
    assert list((tmp_path / "out").iterdir()) == []


def test_whoever_comes_second_takes_what_the_first_installed(npm, tmp_path: Path) -> None:
    other = tmp_path / "out/node_modules"
    npm(f'{HALF}; mkdir -p "{other}/one/whole"')
    assert install_packages(tmp_path / "out", ("one@1",)) == tmp_path / "out"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["node_modules"]
    assert (other / "one/whole").is_dir()
