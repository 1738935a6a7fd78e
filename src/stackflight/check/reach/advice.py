"""Reach -> Questions: what stays open, and what to give so that it is answered, as options of the command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.model.finding import UNDECIDED, Question, Verdict
from stackflight.model.need import Reach
from stackflight.model.value import Address, as_dict, known_text

_EXISTING = re.compile(r"(?:resource )?((?:vpc|subnet|sg|rtb|acl|igw|nat|vpce|eigw|pcx)-[0-9a-z]+)$")
_NETWORK_TYPES = re.compile(r"AWS::EC2::(?:VPC|Subnet|SecurityGroup)::Id")
_SNAPSHOT = "'stackflight explain account' says how to take one"


def find_questions(case: Case) -> Iterator[Question]:
    """What stays open, one question for each workload and set of deciding inputs."""
    grouped: dict[tuple[Address, tuple[str, ...]], list[Reach]] = {}
    reasons: dict[tuple[Address, tuple[str, ...]], str] = {}
    for reach in case.reaches:
        if reach.verdict is not Verdict.UNKNOWN:
            continue
        open_hops = [hop for route in reach.routes for hop in route.hops if hop.verdict == UNDECIDED]
        decided = tuple(dict.fromkeys(name for hop in open_hops for name in hop.decided_by))
        key = (reach.need.workload.address, decided)
        grouped.setdefault(key, []).append(reach)
        reasons.setdefault(key, open_hops[0].why if open_hops else "the templates do not say")
    for (workload, decided), reaches in grouped.items():
        targets = listed(reach.need.target.title for reach in reaches)
        yield Question(
            f"can {workload.id} reach {targets}? {reasons[(workload, decided)]}",
            (workload.id,),
            decided,
            workload.stack,
            advise(case, decided),
        )


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
