"""A call of a service of VPC Lattice against the auth policies of the service and of its network -> hops that close it.

Where the auth type is AWS_IAM, both have to let the caller in, and without a policy nobody gets in. Who signs no request has no
name; a policy lets it in only where it lets in everybody. Source: Amazon VPC Lattice User Guide, auth policies.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.identity import Statement, read_statements
from stackflight.model.lattice import Lattice, LatticeAuth
from stackflight.model.need import LatticeTarget
from stackflight.model.request import Request
from stackflight.model.requests import may_speak_of, surely_speaks_of
from stackflight.model.value import Address, Unknown, references_in
from stackflight.trace.hops import undecided

_INVOKE = "vpc-lattice-svcs:Invoke"


def auth_hops(lattice: Lattice, target: LatticeTarget, network: Address | Unknown, workload: Address) -> Iterator[Hop]:
    """One hop for each policy that does not surely let a call in."""
    for owner in (target.address, network):
        auth = lattice.auth.get(owner) if isinstance(owner, Address) and target.kind == "Lattice service" else None
        if isinstance(auth, Unknown):
            yield undecided(f"auth policy of {owner}", auth)
        elif auth is not None:
            hop = _hop(auth, target, workload)
            if hop is not None:
                yield hop


def _hop(auth: LatticeAuth, target: LatticeTarget, workload: Address) -> Hop | None:
    at = f"auth policy of {auth.address}"
    unknown = next((item for item in auth.policies if not isinstance(item, dict)), None)
    if unknown is not None:
        return undecided(at, unknown if isinstance(unknown, Unknown) else Unknown("what it says"))
    statements = [item for policy in auth.policies for item in read_statements(policy, auth.address)]
    request = Request(
        _INVOKE, "arn:${any}:vpc-lattice:${any}:${any}:service/svc-${any}/${any}", own=target.address, path="/${any}"
    )
    allowing = [item for item in statements if item.allow and may_speak_of(item, request)]
    answers = [_lets_in(item, target) for item in allowing]
    if not auth.policies or all(answer is False for answer in answers):
        return _closed(at, auth, target, workload, bool(allowing))
    denying = [item for item in statements if not item.allow and may_speak_of(item, request)]
    if any(item.anyone and surely_speaks_of(item, request) for item in denying):
        return _closed(at, auth, target, workload, False)
    sure = any(answer is True and _covers(item, request) for item, answer in zip(allowing, answers, strict=True))
    return None if sure and not denying else undecided(at, Unknown(f"whether it lets {workload} in"))


def _lets_in(statement: Statement, target: LatticeTarget) -> bool | None:
    """Whether a statement is for who calls, as far as its principals and conditions say."""
    if target.signs is False and (not statement.anyone or statement.signed):
        return False
    if statement.anyone:
        return None if statement.conditions else True
    named = [references_in(principal) for principal in statement.principals]
    roles = {reference.address for references in named for reference in references}
    if target.caller in roles or statement.ours:
        return True if target.signs and not statement.conditions else None
    others = named and all(len(references) == 1 for references in named) and isinstance(target.caller, Address)
    return False if others else None


def _covers(statement: Statement, request: Request) -> bool:
    return any(item == "*" for item in statement.resources) or (
        statement.anyone and surely_speaks_of(statement, request)
    )


def _closed(at: str, auth: LatticeAuth, target: LatticeTarget, workload: Address, allows: bool) -> Hop:
    why = f"the {at} does not let {workload} in"
    remedy = f"allow {_INVOKE} to the role of {workload} in the auth policy of {auth.address}"
    if not auth.policies:
        why = f"{auth.address} asks for AWS IAM and has no auth policy, so that every request is denied"
        remedy = f"attach an AWS::VpcLattice::AuthPolicy to {auth.address}, or set its AuthType to NONE"
    elif allows and target.signs is False:
        why = f"{workload} does not sign its requests, and the {at} lets nobody in without a name"
        remedy = f"sign the requests of {workload} (SigV4, vpc-lattice-svcs)"
    return Hop(at, BLOCKS, why, code="AUTH_POLICY_DENIES", blame=(auth.address, workload), remedy=remedy)
