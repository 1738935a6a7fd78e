"""Every check that a finding may bear, also those that are about what people ask for."""

from __future__ import annotations

from stackflight.check.check import Check
from stackflight.check.registry import every_check
from stackflight.operate.ignores import ABOUT_IGNORES
from stackflight.operate.limits import ABOUT_LIMITS


def known_checks() -> dict[str, Check]:
    """All checks by their ids."""
    return {check.id: check for check in (*every_check(), *ABOUT_IGNORES, *ABOUT_LIMITS)}
