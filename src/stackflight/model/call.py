"""What code asks of a service: one call of its API, as far as the source says."""

from __future__ import annotations

from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """`action` is its IAM action, `thing` what names the resource that it is for, `part` the part of that, in their ARN's
    words ("/index/by-mail"); both texts hold `${env:NAME}`, `${event:NAME}` or `${?}` for what the source does not say.

    `thing` is empty where the call is for no single resource. `sure` is False where the code may go on without it.
    """

    action: str
    thing: str = ""
    part: str = ""
    sure: bool = True
