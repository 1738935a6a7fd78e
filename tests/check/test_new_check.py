"""`make new-check` writes every place that a new check needs but what only its author knows."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool over a copy of the checks, with nothing but the rooms and the registry in it."""
    spec = importlib.util.spec_from_file_location("new_check", ROOT / "tools" / "new_check.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    checks = tmp_path / "src" / "stackflight" / "check"
    shutil.copytree(ROOT / "src" / "stackflight" / "check", checks, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "_ROOT", tmp_path)
    monkeypatch.setattr(module, "_CHECKS", checks)
    monkeypatch.setattr(module, "_REGISTRY", checks / "registry.py")
    monkeypatch.setattr(module, "_CORPUS", tmp_path / "tests" / "corpus")
    return module


def new_check(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["new_check.py", *arguments])
    tool.main()


@pytest.mark.parametrize("room", ["access", "removal", "traffic"])
def test_a_new_module_is_imported_and_stands_behind_the_others_of_its_room(
    room: str, tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new_check(tool, monkeypatch, "something-is-wrong", room)

    registry = (tmp_path / "src/stackflight/check/registry.py").read_text(encoding="utf-8")
    imported = {
        alias.name
        for node in ast.walk(ast.parse(registry))
        if isinstance(node, ast.ImportFrom) and node.module == f"stackflight.check.{room}"
        for alias in node.names
    }
    assert "something_is_wrong" in imported
    assert registry.count("    something_is_wrong,\n") >= 1
    module = (tmp_path / f"src/stackflight/check/{room}/something_is_wrong.py").read_text(encoding="utf-8")
    assert '"something-is-wrong"' in module
    assert "@finds(SOMETHING_IS_WRONG)" in module
    case = json.loads((tmp_path / "tests/corpus/something-is-wrong/case.json").read_text(encoding="utf-8"))
    assert case["check"] == "something-is-wrong"


def test_a_check_may_stand_at_the_end_of_a_module_that_is_there(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = (tmp_path / "src/stackflight/check/registry.py").read_text(encoding="utf-8")

    new_check(tool, monkeypatch, "something-is-wrong", "access", "trust")

    module = (tmp_path / "src/stackflight/check/access/trust.py").read_text(encoding="utf-8")
    assert module.startswith((ROOT / "src/stackflight/check/access/trust.py").read_text(encoding="utf-8").rstrip())
    assert ast.parse(module).body[-1].name == "find_something_is_wrong"  # type: ignore[attr-defined]
    assert (tmp_path / "src/stackflight/check/registry.py").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("arguments", [("F0001", "access"), ("nowhere-at-all", "attic"), ("something-else", "law")])
def test_what_is_no_id_or_no_room_writes_nothing(
    arguments: tuple[str, str], tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        new_check(tool, monkeypatch, *arguments)

    assert not (tmp_path / "tests").exists()
