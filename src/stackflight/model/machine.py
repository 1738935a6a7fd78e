"""A machine as far as a deployment needs it: packages, programs and folders."""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.records import dataclass


@dataclass(frozen=True)
class Package:
    """A package of Python. `wanted` is what is asked of it (">=1.44"), `version` what is there, empty where it is not."""

    name: str
    wanted: str
    version: str
    fits: bool


@dataclass(frozen=True)
class Program:
    """A program. `version` is empty where it does not say; `trouble` is why it is of no use, empty where it is."""

    name: str
    place: str
    version: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Store:
    """A folder to write to. `form` is the version of what lies in it, None where nothing does; `trouble` as with a program."""

    place: str
    form: int | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Machine:
    """`packages` by extra, those of stackflight itself under ""; of programs None where nobody wanted to know."""

    python: str
    packages: Mapping[str, tuple[Package, ...]]
    node: Program
    ledger: Store
    cache: Store
    cdk: Program | None = None
    docker: Program | None = None
