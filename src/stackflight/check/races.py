"""Two resources without an order between them -> whether the race is lost, and the finding on the missing DependsOn."""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.check.case import Case, listed
from stackflight.check.cdk import order_in_cdk
from stackflight.check.check import BLOCKING, WARNING, Check
from stackflight.model.edit import Await, Fix
from stackflight.model.finding import Certainty, Consequence, Finding, Hop, Phase, Severity
from stackflight.model.value import Address

_SURE_SECONDS = 60.0


def waiting(user: Address, missing: Iterable[Address]) -> tuple[Fix, ...]:
    """DependsOn, where all are of one stack."""
    items = list(missing)
    return (
        ((Await(user, tuple(item.id for item in items)),),) if all(item.stack == user.stack for item in items) else ()
    )


def order_finding(
    case: Case,
    check: Check,
    user: Address,
    missing: list[Address],
    message: str,
    *,
    sure: bool,
    says: str = "",
) -> Finding:
    """A finding on a missing DependsOn. Blocking only where the service refuses at once (`sure`) and the
    prerequisite is typically complete minutes after its user has started; typical times prove no closer race."""
    late = max(case.timetable.late_by(address, user) for address in missing)
    blocking = sure and late > _SURE_SECONDS
    timing = (
        f"; {listed(missing)} {'is' if len(missing) == 1 else 'are'} typically complete {round(late)} s too late"
        if late > 0
        else ""
    )
    return case.finding(
        check,
        [user, *missing],
        f"{message}, and it does not wait for {listed(missing)}{timing}",
        f"add DependsOn: {', '.join(address.id for address in missing)} to {user}",
        severity=Severity.BLOCKING if blocking else Severity.WARNING,
        certainty=Certainty.PROVED if blocking else Certainty.POSSIBLE,
        phase=Phase.CREATE,
        fixes=waiting(user, missing),
        path=tuple(
            Hop(str(address), "blocks", f"nothing makes {user} wait for it", code="PATH_NOT_READY", blame=(user,))
            for address in missing
        ),
        code="PATH_NOT_READY",
        in_cdk=order_in_cdk(case, user, missing),
        struck=(user,) if blocking else (),
        consequence=Consequence.FAILS if blocking else Consequence.NONE,
        says=says,
    )


def unordered(case: Case, user: Address, others: list[Address]) -> list[Address]:
    """The others that are neither before nor after the user."""
    return [
        other
        for other in dict.fromkeys(others)
        if other != user and not case.graph.waits_for(user, [other]) and user not in case.graph.ancestors(other)
    ]


def late_ones(case: Case, user: Address, others: list[Address], lead: float = 0.0) -> list[Address]:
    """The unordered others that are not typically complete `lead` seconds before the user starts."""
    return [other for other in unordered(case, user, others) if case.timetable.late_by(other, user) > -lead]


_PROOF = (
    "Proved from the graph of Ref, Fn::GetAtt, Fn::Sub and DependsOn: neither resource waits for the other. Typical "
    "durations tell whether the race is lost."
)


def order_check(
    id: str,
    *,
    found_when: str,
    sources: tuple[str, ...],
    explains: str = "",
    says: str = "",
    sure: bool = True,
    example: str = "",
) -> Check:
    """A check on two resources without an order between them; `sure` where the service refuses at once."""
    return Check(
        id,
        found_when=found_when,
        explains=f"{explains} {_PROOF}".strip(),
        may=(BLOCKING, WARNING) if sure else (WARNING,),
        weighed="blocking where the service refuses at once and typical durations lose the race, else warning"
        if sure
        else "the race is often won",
        says=says,
        sources=sources,
        example=example,
    )


POLICY_NOT_READY = order_check(
    "policy-not-ready",
    found_when="a custom resource or event source does not wait for the policy of its function's role",
    explains="The handler is called before IAM lets it do its work.",
    sure=False,
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html",
    ),
    example="ord-custom-resource-before-policy",
)
