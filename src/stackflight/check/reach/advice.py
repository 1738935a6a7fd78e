"""Reach -> Questions: what stays open, and what to give so that it is answered, as options of the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from stackflight.check.case import Case, listed
from stackflight.model.finding import UNDECIDED, Certainty, Hop, Question, Verdict
from stackflight.model.need import Reach, ServiceTarget
from stackflight.model.value import Address, as_dict, known_text
from stackflight.patterns import compile_later

_EXISTING = compile_later(r"(?:resource )?((?:vpc|subnet|sg|rtb|acl|igw|nat|vpce|eigw|pcx)-[0-9a-z]+)$")
_NETWORK_TYPES = compile_later(r"AWS::EC2::(?:VPC|Subnet|SecurityGroup)::Id")
_SNAPSHOT = "'stackflight explain account' says how to take one"


_Key: TypeAlias = tuple[Address, tuple[str, ...]]


def find_questions(case: Case) -> Iterator[Question]:
    """What stays open, one question for each workload and set of deciding inputs."""
    grouped: dict[_Key, list[Reach]] = {}
    reasons: dict[_Key, str] = {}
    for reach in case.reaches:
        open_hops = [hop for route in reach.routes for hop in route.hops if hop.verdict == UNDECIDED]
        if reach.verdict is not Verdict.UNKNOWN or _hangs_on_requests(reach, open_hops):
            continue
        decided = tuple(dict.fromkeys(name for hop in open_hops for name in hop.decided_by))
        key = (reach.need.workload.address, decided)
        grouped.setdefault(key, []).append(reach)
        reasons.setdefault(key, open_hops[0].why if open_hops else "the templates do not say")
    told = _functions_told(grouped)
    for (workload, decided), reaches in grouped.items():
        if (workload, decided) in told.values():
            continue
        targets = listed(reach.need.target.title for reach in reaches)
        ids = [one.id for one, _ in ((workload, decided), *filter(None, [told.get((workload, decided))]))]
        yield Question(
            f"can {listed(ids)} reach {targets}? {reasons[(workload, decided)]}",
            tuple(ids),
            decided,
            workload.stack,
            advise(case, decided),
        )


def _hangs_on_requests(reach: Reach, open_hops: Sequence[Hop]) -> bool:
    """Whether only an endpoint's policy stands before a service that a role implies: what is asked of it no input tells."""
    implied = reach.need.certainty is Certainty.POSSIBLE and isinstance(reach.need.target, ServiceTarget)
    return implied and all(hop.at.startswith("policy of ") and not hop.decided_by for hop in open_hops)


def _functions_told(grouped: Mapping[_Key, Sequence[Reach]]) -> dict[_Key, _Key]:
    """Custom resource -> the function that answers it, where nothing is asked of that but what is asked of the other."""
    found: dict[_Key, _Key] = {}
    for key, reaches in grouped.items():
        runner = reaches[0].need.workload
        if runner.kind != "custom resource":
            continue
        wanted = {reach.need.target.title for reach in reaches}
        for other, asked in grouped.items():
            function = asked[0].need.workload
            alike = function.placement == runner.placement and other[1] == key[1] and other[0].stack == key[0].stack
            alone = function.kind == "Lambda function" and other not in found.values()
            if alike and alone and {reach.need.target.title for reach in asked} <= wanted:
                found[key] = other
                break
    return found


def advise(case: Case, decided: tuple[str, ...]) -> str:
    """One sentence for each kind of input; empty where none of them can be given."""
    return "; ".join(_advice(case, decided))


def _advice(case: Case, decided: tuple[str, ...]) -> Iterator[str]:
    parameters = [name.removeprefix("parameter ") for name in decided if name.startswith("parameter ")]
    if parameters:
        yield f"give {' '.join(f'--param {name}=VALUE' for name in parameters[:3])}"
    if any(name.endswith("DHCP options") for name in decided):
        yield "the snapshot lacks the DHCP options: add what 'aws ec2 describe-dhcp-options' prints"
    existing = [match[1] for name in decided if (match := _EXISTING.fullmatch(name)) is not None]
    if existing:
        what = "what stands around it" if len(existing) == 1 else "what stands around them"
        yield f"for {listed(existing, 3)} and {what} give --account FILE, a snapshot of the account; {_SNAPSHOT}"
    elif any(_names_network(case, name) for name in parameters):
        yield f"and, for the network that they name, --account FILE, a snapshot of the account; {_SNAPSHOT}"
    exports = [name.removeprefix("export ") for name in decided if name.startswith("export ")]
    if exports:
        yield f"judge the stack that exports {listed(exports, 3)} --together with this one, or give --account FILE"
    if any(name.startswith("lookup ") for name in decided):
        yield "run 'cdk synth' where it may look things up in the account"


def _names_network(case: Case, name: str) -> bool:
    """Whether a parameter is by its type a VPC, subnets or security groups."""
    for stack in case.world.stacks:
        declared = as_dict(stack.template.section("Parameters").get(name.partition(".")[0]))
        if _NETWORK_TYPES.search(known_text(declared.get("Type")) or ""):
            return True
    return False
