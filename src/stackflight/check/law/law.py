"""All rows of facts together: what runs, and what is listed."""

from __future__ import annotations

from functools import cache

from stackflight.check.case import Check
from stackflight.check.law.orders import disorder_checks, find_disorder
from stackflight.check.law.refusals import find_refusals, refusal_checks
from stackflight.check.law.role_uses import find_role_uses, role_use_checks
from stackflight.check.law.updates import update_checks

FINDERS = (find_refusals, find_disorder, find_role_uses)


@cache
def law_checks() -> tuple[Check, ...]:
    """An entry for each row of every table; read only where all checks are listed."""
    return (*refusal_checks(), *disorder_checks(), *role_use_checks(), *update_checks())
