"""Logical ids that the CDK made -> the construct paths that people wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

from stackflight.model.template import World

_MADE_ID = re.compile(r"\b[A-Za-z][A-Za-z0-9]*[0-9A-F]{8}\b")

Rename = Callable[[str], str]


def read_names(world: World) -> Rename:
    """A function that writes construct paths for generated ids in a text: `DataFilesBucketA4C1` -> `Data/Files/Bucket`.

    Only ids that end in the CDK's hash are touched, so that no word of a sentence is taken for an id.
    """
    names = {address.id: world.title(address) for address, resource in world.resources.items() if resource.construct}
    return lambda text: _MADE_ID.sub(lambda found: names.get(found[0], found[0]), text)
