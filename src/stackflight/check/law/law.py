"""All rows of facts together: what runs, and what is listed."""

from __future__ import annotations

from functools import cache

from stackflight.check.check import Check, Finder
from stackflight.check.law.orders import disorder_checks, find_disorder
from stackflight.check.law.refusals import find_refusals, refusal_checks
from stackflight.check.law.role_uses import find_role_uses, role_use_checks
from stackflight.check.law.senders import find_kept_out, sender_checks
from stackflight.check.law.updates import find_refused_updates, update_checks
from stackflight.check.law.versions import find_dead_versions, version_checks

FINDERS = (find_refusals, find_disorder, find_role_uses, find_kept_out, find_dead_versions)


@cache
def law_finders() -> tuple[Finder, ...]:
    """The engines with a check for each row of their tables; read only where all checks are listed."""
    return (
        Finder(find_refusals, refusal_checks()),
        Finder(find_disorder, disorder_checks()),
        Finder(find_role_uses, role_use_checks()),
        Finder(find_kept_out, sender_checks()),
        Finder(find_dead_versions, version_checks()),
        Finder(find_refused_updates, update_checks(), asked=False),
    )


def law_checks() -> tuple[Check, ...]:
    """A check for each row of every table."""
    return tuple(check for finder in law_finders() for check in finder.checks)
