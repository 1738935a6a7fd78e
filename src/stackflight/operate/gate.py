"""Findings + overrides -> what still stops a deployment. An override is kept with its reason; it opens no data gate."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from stackflight.check.registry import every_check
from stackflight.errors import WrongUsage
from stackflight.model.finding import Finding, Severity
from stackflight.operate.ignores import OTHERS
from stackflight.operate.limits import ABOUT_LIMITS


def read_overrides(pairs: Sequence[str]) -> dict[str, str]:
    """`CHECK=REASON` as typed. Raises WrongUsage where there is no such check or no reason.

    Rules that others keep are taken as they are called: which of them there are is known where they are asked.
    """
    checks = sorted({check.id for check in (*every_check(), *ABOUT_LIMITS)}) if pairs else []
    given: dict[str, str] = {}
    for pair in pairs:
        check, _, reason = pair.partition("=")
        if not reason.strip():
            raise WrongUsage(
                f"--override {pair} gives no reason", hint=f"say why: --override {check or 'CHECK'}='because …'"
            )
        if check not in checks and not check.startswith(OTHERS):
            near = difflib.get_close_matches(check, checks, n=1)
            hint = f"did you mean {near[0]}?" if near else "stackflight checks lists them"
            raise WrongUsage(f"--override names {check}, which is no check", hint=hint)
        given[check] = reason.strip()
    return given


def find_blockers(findings: Sequence[Finding], overrides: Mapping[str, str]) -> tuple[Finding, ...]:
    """The blocking findings that nobody takes responsibility for."""
    return tuple(one for one in findings if one.severity is Severity.BLOCKING and one.check not in overrides)
