"""The rules of the package cdk-preflight, read from its installed wheel and kept in the user's cache by version.

The package is made for the CDK in JavaScript: one file inside a jsii archive holds every rule as Rego, which the engine of
cloudformation-validate evaluates. Nothing of it is imported, because that would load the CDK. Unpacking takes 0.3 s, so what
comes out is kept: a file for each service, read only where a template has resources of that service.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stackflight.records import dataclass

PACKAGE = "cdk_preflight"
_MEMBER = "package/lib/rules.generated.js"
_FORM = 1  # of the cached files: another number, another folder
_ANY = "*"
_EVERYWHERE = "any"
_TOLD = "preflight-told"


@dataclass(frozen=True, slots=True)
class PreflightRule:
    """One rule: its id, the resource types it speaks of ("*" for all) and its source in Rego."""

    id: str
    types: tuple[str, ...]
    rego: str


@dataclass(frozen=True, slots=True)
class PreflightSet:
    """Some rules with the shared modules that they call."""

    rules: tuple[PreflightRule, ...]
    shared: tuple[tuple[str, str], ...]


def find_archive() -> Path | None:
    """The jsii archive of the installed package; None where the extra `preflight` is not installed."""
    with suppress(ImportError, ValueError):
        spec = find_spec(PACKAGE)
        if spec is not None and spec.origin:
            return next(iter(sorted(Path(spec.origin).parent.glob("_jsii/*.jsii.tgz"))), None)
    return None


def load_rules(archive: Path, types: Collection[str]) -> PreflightSet:
    """The rules for some resource types. Raises OSError, ValueError or KeyError where the archive is of another form."""
    folder = cache_folder() / f"{archive.name.removesuffix('.jsii.tgz')}-{_FORM}"
    names = {_EVERYWHERE, *map(_service, types)}
    try:
        stored = {name: _stored(folder / f"{name}.json") for name in (*names, "shared")}
    except (OSError, ValueError):
        files = _unpack(archive)
        with suppress(OSError):
            _keep(files, folder)
        stored = {name: files.get(name, []) for name in (*names, "shared")}
    found = {
        rule[0]: rule for name in sorted(names) for rule in stored[name] if _ANY in rule[1] or {*rule[1]} & {*types}
    }
    rules = tuple(PreflightRule(id, tuple(about), rego) for id, about, rego in found.values())
    return PreflightSet(rules, tuple(_called(rules, stored["shared"])))


def all_types(archive: Path) -> list[str]:
    """Every resource type that some rule speaks of by name."""
    rules = (rule for name, content in _unpack(archive).items() if name != "shared" for rule in content)
    return sorted({type for rule in rules for type in rule[1]} - {_ANY})


def cache_folder() -> Path:
    """Where this program keeps what can be made again. Source: XDG Base Directory Specification, XDG_CACHE_HOME."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(given) if given.startswith("/") else Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111 -- never raises
    return home / "stackflight"


def first_time_absent() -> bool:
    """Whether nobody was told yet on this machine that the rules are not installed; from now on somebody was."""
    if find_archive() is not None:
        return False
    told = cache_folder() / _TOLD
    try:
        told.parent.mkdir(parents=True, exist_ok=True)
        told.open("x").close()
    except OSError:
        return False
    return True


def _service(type: str) -> str:
    """The file of a type: "AWS::ECS::Service" -> "AWS-ECS"."""
    return re.sub(r"[^A-Za-z0-9]+", "-", "::".join(type.split("::")[:2]))


def _stored(file: Path) -> list[Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not (file.parent / "shared.json").is_file():
            raise
        return []  # a service of which there is no rule
    if not isinstance(found, list):
        raise ValueError(f"{file} holds no list")
    return found


def _unpack(archive: Path) -> dict[str, list[Any]]:
    """File name -> what stands in it: rules as [id, types, rego], shared modules as [name, rego]."""
    import tarfile

    with tarfile.open(archive) as opened:
        member = opened.extractfile(_MEMBER)
        if member is None:
            raise KeyError(_MEMBER)
        text = member.read().decode("utf-8")
    files: dict[str, list[Any]] = {"shared": [[lib["name"], lib["rego"]] for lib in _array(text, "BUNDLED_LIBS")]}
    for rule in _array(text, "BUNDLED_RULES"):
        if "supersededBy" in rule:  # cloudformation-validate, whose engine runs them, says it by itself
            continue
        types = rule["resourceTypes"] or [_ANY]
        for name in {_EVERYWHERE if type == _ANY else _service(type) for type in types}:
            files.setdefault(name, []).append([rule["id"], types, rule["rego"]])
    return files


def _array(script: str, name: str) -> list[Any]:
    """The JSON array that a script exports under a name."""
    found, _ = json.JSONDecoder().raw_decode(script, script.index(f"exports.{name} = [") + len(f"exports.{name} = "))
    return list(found)


def _keep(files: dict[str, list[Any]], folder: Path) -> None:
    """Write a folder as a whole or not at all; of two processes that write at once the first one wins."""
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as made:
        whole = Path(made) / "whole"
        whole.mkdir()
        for name, content in files.items():
            (whole / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        whole.rename(folder)


def _called(rules: Iterable[PreflightRule], shared: list[Any]) -> Iterable[tuple[str, str]]:
    """The shared modules that define what the rules, or one another, call."""
    words = {word for rule in rules for word in re.findall(r"\w+", rule.rego)}
    waiting = [(name, rego, set(re.findall(r"(?m)^(?:default )?(_pf_\w+)", rego))) for name, rego in shared]
    while called := [module for module in waiting if module[2] & words]:
        for module in called:
            waiting.remove(module)
            words.update(re.findall(r"\w+", module[1]))
            yield module[0], module[1]
