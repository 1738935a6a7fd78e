"""Installed distributions -> the Python source of one and of all that it requires, as a function of AWS Lambda needs it.

What a distribution requires stands in its own metadata, so that nothing is forgotten when a new release requires
something else; the extra `librechat` pins the version of everything that is copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.metadata import PackagePath, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PURE = (".py", ".typed")
# Where the functions run, whatever machine synthesises them.
_LAMBDA = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.14.0",
    "python_version": "3.14",
    "sys_platform": "linux",
}


def find_closure(root: str, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The names of a distribution and of everything that it requires on AWS Lambda, sorted.

    `without` are left out. Raises PackageNotFoundError where one is not installed.
    """
    found: set[str] = set()
    waiting = [root]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found and name not in without:
            found.add(name)
            waiting += _required(name)
    return tuple(sorted(found))


def _required(name: str) -> Iterator[str]:
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(_LAMBDA):
            yield requirement.name


def copy_source(name: str, target: Path) -> None:
    """Copy a distribution's Python source, without compiled parts, and its metadata into a folder."""
    for file in sorted(distribution(name).files or [], key=str):
        if _belongs(file):
            destination = target.joinpath(*file.parts)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), destination)


def _belongs(file: PackagePath) -> bool:
    """Python source; and the metadata, in which some distributions look up their own version."""
    if ".." in file.parts:
        return False
    if file.parts[0].endswith(".dist-info"):
        return file.name == "METADATA"
    return file.suffix in _PURE
