"""How much a deployment is used in a month: the numbers that the usage lines of a bill rest on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from stackflight.records import dataclass


@dataclass(frozen=True)
class Usage:
    """A profile of use. `amounts` by key, `says` what each key counts, in words with `{}` for the number."""

    name: str
    amounts: Mapping[str, Decimal]
    says: Mapping[str, str]

    def __getitem__(self, key: str) -> Decimal:
        return self.amounts[key]

    def sentence(self, key: str) -> str:
        """The assumption in words: "50 GB are stored in files"."""
        return self.says[key].replace("{}", plain(self.amounts[key]))


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no zeros at the end, thousands apart."""
    text = f"{number.normalize():,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
