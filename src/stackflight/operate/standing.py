"""Who asks AWS -> whether they may do what a target asks for: account, Region, expiry, clock, bootstrap stack, roles. Read only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from stackflight.errors import CloudUnavailable, CredentialsEnded, OperationRefused
from stackflight.model.checkup import Part, Point, State, Wanted
from stackflight.model.publication import Publication, bootstrap_command
from stackflight.model.run import Caller
from stackflight.ports import Clock, Gatekeeper

_SKEW_SECONDS = 300.0
"""How far a clock may be off. Source: IAM user guide, elements of an AWS API request signature (five minutes)."""
_SOON_SECONDS = 900.0
_LOGIN = "aws sso login"
_USES, _DEPLOY = ("what asks AWS",), ("deploy",)


def check_standing(
    gate: Gatekeeper, wanted: Wanted, account: str | None, clock: Clock, live: bool = False
) -> Iterator[Point]:
    """`account` is the one that the project names; `live` says that AWS has to answer, a target that there are credentials."""
    required = bool(wanted.target) or live
    try:
        if not gate.has_credentials():
            yield no_credentials("there are none", required)
            return
        yield from _clock(gate, clock)
        caller = gate.caller()
    except (CloudUnavailable, OperationRefused) as error:
        ended = isinstance(error, CredentialsEnded)
        state, needed = (State.WRONG, required) if ended else (State.UNASKED, live)
        yield _point("credentials", state, error.message, needed, _LOGIN if ended else "")
        return
    yield _point("caller", State.OK, f"{caller.arn or caller.account}, by {caller.source}")
    yield from _expiry(caller, clock)
    yield from _account(caller, wanted, account)
    yield from _region(caller, wanted)
    yield from _prepared(gate, caller, wanted)


def no_credentials(said: str, required: bool) -> Point:
    """That AWS cannot be asked as anybody."""
    return _point("credentials", State.MISSING, said, required, "aws configure sso")


def unasked(said: str, live: bool) -> Point:
    """That nobody can tell whether there are any."""
    return _point("credentials", State.UNASKED, said, live)


def _point(
    name: str, state: State, said: str, required: bool = False, mend: str = "", uses: tuple[str, ...] = _USES
) -> Point:
    return Point(Part.ACCOUNT, name, state, said, uses, required, mend)


def _clock(gate: Gatekeeper, clock: Clock) -> Iterator[Point]:
    told = gate.time()
    if told is None:
        yield _point("clock", State.UNASKED, "AWS's answer has no date")
        return
    ahead = clock.now() - told
    off = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} AWS's"
    if abs(ahead) <= _SKEW_SECONDS:
        yield _point("clock", State.OK, off if abs(ahead) >= 1 else "right")
    else:
        yield _point(
            "clock", State.WRONG, f"{off}: AWS refuses what is signed so", True, "sudo timedatectl set-ntp true"
        )


def _expiry(caller: Caller, clock: Clock) -> Iterator[Point]:
    if caller.expires is None:
        yield _point("expiry", State.OK, "these credentials do not say that they end")
        return
    left = caller.expires - clock.now()
    said = f"these credentials end in {max(left, 0) / 60:.0f} minutes"
    yield _point("expiry", State.OK if left > _SOON_SECONDS else State.WRONG, said, left <= 0, _LOGIN)


def _account(caller: Caller, wanted: Wanted, account: str | None) -> Iterator[Point]:
    meant = {stack: named for stack, (named, _) in wanted.places.items() if named}
    if account:
        meant["stackflight.toml"] = account
    others = [f"{who} is for {named}" for who, named in meant.items() if named != caller.account]
    if others:
        said = f"these credentials are of {caller.account}, and {others[0]}"
        yield _point("account", State.WRONG, said, True, "export AWS_PROFILE=NAME")
    elif meant:
        yield _point("account", State.OK, f"{caller.account}, which {', '.join(meant)} is for")


def _region(caller: Caller, wanted: Wanted) -> Iterator[Point]:
    open_ = [stack for stack, (_, region) in wanted.places.items() if not region]
    if not caller.region and (open_ or not wanted.places):
        yield _point("Region", State.MISSING, "none is given", bool(open_), "export AWS_REGION=eu-central-1")
        return
    named = sorted({region for _, region in wanted.places.values() if region})
    yield _point("Region", State.OK, ", ".join(named if named and not open_ else [caller.region, *named]))


def _prepared(gate: Gatekeeper, caller: Caller, wanted: Wanted) -> Iterator[Point]:
    """Bootstrap stack and roles, once for each Region."""
    looked: set[tuple[str, ...]] = set()
    for stack, publication in wanted.publications.items():
        region = wanted.places.get(stack, (None, None))[1] or caller.region
        here = replace(caller, region=region)
        wish = (region, publication.bootstrap_parameter)
        if region and publication.bootstrap_parameter and wish not in looked:
            looked.add(wish)
            yield _asked(f"bootstrap {region}", partial(_bootstrap, gate, publication, here))
        for role in publication.roles:
            if region and (region, role) not in looked:
                looked.add((region, role))
                yield _asked("role", partial(_role, gate, role, here, wanted.target))


def _asked(name: str, ask: Callable[[], Point]) -> Point:
    try:
        return ask()
    except (CloudUnavailable, OperationRefused) as error:
        return _point(name, State.UNASKED, error.message)


def _bootstrap(gate: Gatekeeper, publication: Publication, caller: Caller) -> Point:
    name, least = f"bootstrap {caller.region}", publication.bootstrap_version
    found = gate.bootstrap(publication, caller)
    command = bootstrap_command(caller.account, caller.region)
    if found is None:
        return _point(name, State.MISSING, f"{caller.account} is not bootstrapped there", True, command, _DEPLOY)
    state = State.WRONG if found < least else State.OK
    return _point(name, state, f"version {found}, and {least} is needed", True, command, _DEPLOY)


def _role(gate: Gatekeeper, role: str, caller: Caller, target: str) -> Point:
    shown = role.rpartition("/")[2]
    why = gate.refusal(role, caller)
    if why:
        said = f"{shown} cannot be taken ({why}); deploy uses your own credentials in its place"
        return _point("role", State.MISSING, said, False, f"stackflight rights deploy {target}", _DEPLOY)
    return _point("role", State.OK, f"{shown} may be taken", uses=_DEPLOY)
