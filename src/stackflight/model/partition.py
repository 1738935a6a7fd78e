"""Regions -> the partition of AWS that they are in, which stands second in every ARN.

Source: AWS General Reference, partitions.
"""

from __future__ import annotations

_BEGINNINGS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}


def partition_of(region: str | None) -> str:
    """That of most Regions where it is not known."""
    return next((name for begins, name in _BEGINNINGS.items() if (region or "").startswith(begins)), "aws")
