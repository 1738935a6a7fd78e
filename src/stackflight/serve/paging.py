"""Lists -> pages with NextToken, as long as AWS's."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from stackflight.serve.refusals import invalid

T = TypeVar("T")

PAGE = 100
"""Entries a page. Source: CloudFormation API reference; DescribeStackEvents and ListStackResources give 100."""


def page(entries: Sequence[T], request: Mapping[str, Any], size: int = PAGE) -> tuple[list[T], str | None]:
    """The page that a request asks for and the token of the next.

    The token counts from the end of the list, so that what is added in front between two pages moves nothing.
    """
    left = len(entries)
    token = request.get("NextToken")
    if token:
        try:
            left = int(base64.b64decode(token, validate=True))
        except ValueError:
            raise invalid("Invalid value for NextToken") from None
        if not 0 < left <= len(entries):
            raise invalid("Invalid value for NextToken")
    start = len(entries) - left
    rest = left - size
    return list(entries[start : start + size]), base64.b64encode(str(rest).encode()).decode() if rest > 0 else None
