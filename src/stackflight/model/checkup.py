"""A checkup: what was looked at on this machine and in this account before something is done, and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from stackflight.model.publication import Publication
from stackflight.records import dataclass


class State(StrEnum):
    """What was found."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"
    UNASKED = "could not be asked"


class Part(StrEnum):
    """What a point is about; in the order in which they are shown."""

    MACHINE = "this machine"
    TARGET = "the target"
    ACCOUNT = "AWS"


@dataclass(frozen=True)
class Point:
    """One thing that was looked at. `needed_for` are verbs, and options of them, as they are typed.

    `required`: what was asked about cannot be done without it. `mend` is the command that mends it, empty where nothing is to be mended.
    """

    part: Part
    name: str
    state: State
    said: str
    needed_for: tuple[str, ...] = ()
    required: bool = False
    mend: str = ""

    @property
    def ails(self) -> bool:
        """Whether it stands in the way."""
        return self.required and self.state is not State.OK


@dataclass(frozen=True)
class Checkup:
    """All points, `target` as typed and empty where there is none."""

    target: str
    points: tuple[Point, ...]

    @property
    def fit(self) -> bool:
        """Whether nothing stands in the way."""
        return not any(point.ails for point in self.points)


@dataclass(frozen=True)
class Wanted:
    """What a target asks for before it can be deployed.

    `app` is the name of the app whose preset it is; `unmade` a folder with an app of the CDK that was not synthesised;
    `trouble` and `advice` say why an app could not be. `places` are account and Region of each root stack, as far as it says.
    """

    target: str = ""
    app: str = ""
    unmade: bool = False
    trouble: str = ""
    advice: str = ""
    publications: Mapping[str, Publication] = field(default_factory=dict)
    places: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def images(self) -> tuple[str, ...]:
        """The container images that are built for it."""
        return tuple(dict.fromkeys(image.name for one in self.publications.values() for image in one.images))
