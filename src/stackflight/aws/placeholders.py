"""An assembly's text for any account and Region -> the same for the caller's."""

from __future__ import annotations

from stackflight.model.run import Caller


def fill_in(text: str, caller: Caller) -> str:
    """What an assembly says for any account and Region, for the caller's."""
    partition = caller.arn.split(":")[1] if caller.arn.startswith("arn:") else "aws"
    places = {"${AWS::AccountId}": caller.account, "${AWS::Region}": caller.region, "${AWS::Partition}": partition}
    for name, value in places.items():
        text = text.replace(name, value)
    return text
