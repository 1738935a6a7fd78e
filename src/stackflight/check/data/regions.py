"""Availability Zones of each Region.

Date: 2026-11-20. Source: AWS global infrastructure, Regions and Availability Zones; Amazon EC2 User Guide. `OFFERED`
counts the zones that new accounts see, which in two Regions is less than there are.
"""

from __future__ import annotations

USUAL_ZONES = 3
MOST_ZONES = 6
OFFERED = {"us-east-1": 6, "us-west-1": 2, "us-west-2": 4, "ap-northeast-1": 3, "ap-northeast-2": 4}


def zones_offered(region: str) -> int:
    """How many zones a new account sees in a Region."""
    return OFFERED.get(region, USUAL_ZONES)
