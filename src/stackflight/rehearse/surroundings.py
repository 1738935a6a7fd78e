"""Scene + what has to be uploaded -> the time around the stacks, which CloudFormation's own clock does not count.

The numbers and where they come from: docs/concepts/durations.md, "Around the stack".
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.estimate import Around, Parcel
from stackflight.rehearse.scene import Scene

_CHANGE_SET = (7.0, 11.0)
"""Seconds for half and for nine of ten change sets: 6 s in five logs, 6 to 11 s in reports; 618 s were seen once."""
_BOOTSTRAP = (45.0, 70.0)
"""The stack CDKToolkit: 43 s in one log, with its change set."""
_REQUEST = (0.4, 1.0)
_BYTES_A_SECOND = (4_000_000.0, 1_000_000.0)
"""Our estimate: an office's line for half, a home's for nine of ten; a CI job in AWS is faster than either."""


def find_around(scene: Scene, parcel: Parcel) -> tuple[Around, ...]:
    """What a person waits for besides, in its order; nothing for a deletion."""
    return () if scene.delete else tuple(_around(scene, parcel))


def _around(scene: Scene, parcel: Parcel) -> Iterator[Around]:
    if parcel.is_cdk:
        yield Around("bootstrap", *_BOOTSTRAP, "once for an account and Region", once=True)
    if parcel.files:
        half, most = (
            parcel.files * request + parcel.bytes / speed
            for request, speed in zip(_REQUEST, _BYTES_A_SECOND, strict=True)
        )
        megabytes = f"{parcel.bytes / 1e6:.1f} MB" if parcel.bytes >= 100_000 else f"{parcel.bytes / 1e3:.0f} kB"
        yield Around("upload", half, most, f"{parcel.files} files, {megabytes}, unless they are there already")
    if parcel.images:
        many = f"{parcel.images} images" if parcel.images > 1 else "1 image"
        yield Around("images", None, None, f"{many} to build and push, unless they are there already")
    roots = len(scene.roots)
    if roots:
        each = f"one for each of {roots} stacks" if roots > 1 else ""
        half, most = (seconds * roots for seconds in _CHANGE_SET)
        yield Around("change sets" if roots > 1 else "change set", half, most, each)
