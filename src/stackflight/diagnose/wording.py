"""Sentences of the catalogue with placeholders -> what is said of this deployment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_HOLE = re.compile(r"\{([a-z_]{1,30})\}")
_REGION = re.compile(
    r"(?<![a-z0-9-])((?:us|eu|ap|sa|ca|me|af|il|cn|mx)(?:-gov)?-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-\d)(?![0-9])"
)
_ACCOUNT = re.compile(r"arn:aws[a-z-]{0,12}:[a-z0-9-]{0,40}:[a-z0-9-]{0,20}:(\d{12}):")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; what is not known stands in capitals, as in commands to be completed."""
    return _HOLE.sub(lambda hole: values.get(hole[1]) or hole[1].upper().replace("_", "-"), text)


def fill_all(texts: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Several texts."""
    return tuple(fill(text, values) for text in texts)


def region_in(*texts: str) -> str:
    """The first Region that the texts name."""
    return next((match[1] for text in texts if (match := _REGION.search(text[:20_000]))), "")


def account_in(*texts: str) -> str:
    """The first account that an ARN in the texts names."""
    return next((match[1] for text in texts if (match := _ACCOUNT.search(text[:20_000]))), "")
