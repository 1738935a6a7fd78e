"""A verb and what it is for -> the rights that it asks for: our own calls, and CloudFormation's where it acts as its caller.

Whose rights a template widens is another question: `plan/rights.py` answers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from stackflight.check.readers.arns import located
from stackflight.facts.load import Row, known_actions
from stackflight.facts.own_calls import calls_of
from stackflight.model.demand import Demand, Origin, Rights
from stackflight.model.publication import Publication
from stackflight.model.template import Environment, Stack, World
from stackflight.operate.template_rights import find_template_demands
from stackflight.patterns import compile_later
from stackflight.records import dataclass

_ANYWHERE = ("*",)
_USUAL_ROLES = "arn:aws:iam::*:role/cdk-*"
"""What the roles of the CDK's bootstrap are called. Source: CDK developer guide, customize bootstrapping."""
_WITH_ROLES = ("deploy", "doctor")
_ANY = compile_later(r"\$\{AWS::\w+\}")


@dataclass(frozen=True)
class Subject:
    """What a verb is for. `world` is None where no target is given, but perhaps the name of a `stack`; `bucket` is that of --lock-bucket.

    `own` says that the caller's rights are used also where the assembly names roles.
    """

    target: str = ""
    world: World | None = None
    publications: Mapping[str, Publication] = field(default_factory=dict)
    bucket: str = ""
    own: bool = False
    stack: str = ""
    environment: Environment = Environment()

    @property
    def takes_roles(self) -> bool:
        """Whether every stack is deployed with a role of the CDK."""
        roles = [one.deploy_role for one in self.publications.values()]
        return bool(roles) and all(roles) and not self.own


def find_rights_of(verb: str, subject: Subject) -> Rights:
    """What one verb asks for."""
    demands = [*_own_calls(verb, subject)]
    unknown: list[str] = []
    if verb == "deploy":
        if subject.world is not None and not subject.takes_roles:
            found, unknown = find_template_demands(subject.world)
            demands += found
        unknown += _unsaid(subject)
    return Rights(verb, subject.target, tuple(demands), tuple(unknown))


def _unsaid(subject: Subject) -> Iterator[str]:
    if subject.world is None:
        yield "what CloudFormation calls hangs on the template: give a TARGET"
    elif subject.takes_roles:
        yield "what CloudFormation does it does with the execution role of the CDK's bootstrap, whose rights are not listed here"
        yield "where a role cannot be taken, your own credentials are used in its place: --own-credentials lists what that asks for"
    else:
        yield "resources that need a service-linked role for the first time in an account, and keys of KMS with policies of their own, may ask for more"
        if any(one.tags for one in subject.publications.values()):
            yield "whether tags of a stack ask for cloudformation:TagResource as well"
        yield "what the schemas name is what a type may call with every property set; this template may need less"


def _own_calls(verb: str, subject: Subject) -> Iterator[Demand]:
    """Rows that are alike in where and why, together."""
    alike: dict[tuple[Origin, str, tuple[str, ...], str, bool], list[str]] = {}
    for row in calls_of(verb):
        if not _applies(verb, row, subject):
            continue
        optional = bool(row.get("optional"))
        origin = Origin.EVIDENCE if optional else Origin.CALLS
        where = _ANYWHERE if _only_on_everything(row["action"]) else tuple(_where(row["on"], subject))
        key = (origin, row["action"].partition(":")[0], where, row["why"], optional)
        alike.setdefault(key, []).append(row["action"])
    for (origin, service, where, why, optional), actions in sorted(
        alike.items(), key=lambda item: list(Origin).index(item[0][0])
    ):
        yield Demand(origin, service, tuple(dict.fromkeys(actions)), where, why, optional)


def _applies(verb: str, row: Row, subject: Subject) -> bool:
    world, of = subject.world, row.get("of")
    if row["on"] == "role":
        return world is None or subject.takes_roles
    if row.get("role") and subject.takes_roles and verb in _WITH_ROLES:
        return False
    if of == "--lock-bucket":
        return bool(subject.bucket)
    if of and world is not None:
        return any(one.images if of == "images" else one.bootstrap_parameter for one in subject.publications.values())
    types = row.get("types")
    if not types or world is None:
        return True
    custom = "custom" in types and any(resource.is_custom for resource in world.resources.values())
    return custom or any(type in world.by_type for type in types)


def _only_on_everything(action: str) -> bool:
    prefix, _, name = action.partition(":")
    known = known_actions(prefix)
    return known is not None and name.lower() in known[1]


def _where(on: str, subject: Subject) -> list[str]:
    """The ARNs of what a row is on."""
    published = subject.publications.values()
    found: dict[str, list[str]] = {
        "lock": [f"arn:*:s3:::{subject.bucket}/stackflight/*"],
        "lock-bucket": [f"arn:*:s3:::{subject.bucket}"],
        "stack": list(_stacks(subject)),
        "role": [role for one in published for role in one.roles],
        "bootstrap": [
            f"arn:*:ssm:*:*:parameter{one.bootstrap_parameter}" for one in published if one.bootstrap_parameter
        ],
        "assets": [f"arn:*:s3:::{file.bucket}/*" for one in published for file in one.files],
        "images": [f"arn:*:ecr:*:*:repository/{image.repository}" for one in published for image in one.images],
    }
    if on == "role" and subject.world is None:
        return [_USUAL_ROLES]
    roots = _roots(subject)
    where = roots[0].environment if len({stack.environment for stack in roots}) == 1 else Environment()
    return sorted({located(_ANY.sub("*", arn), where) for arn in found.get(on, ())}) or ["*"]


def _roots(subject: Subject) -> list[Stack]:
    return [stack for stack in subject.world.stacks if stack.parent is None] if subject.world is not None else []


def _stacks(subject: Subject) -> Iterator[str]:
    if subject.world is None and subject.stack:
        yield from _stack_arns(subject.stack, subject.environment, True)
    for stack in _roots(subject):
        nests = any(resource.type == "AWS::CloudFormation::Stack" for resource in stack.resources.values())
        yield from _stack_arns(stack.called or stack.name, stack.environment, nests)


def _stack_arns(name: str, environment: Environment, nests: bool) -> Iterator[str]:
    """A stack's, and those of stacks nested in it, whose names begin with its own."""
    for one in (name, f"{name}-*") if nests else (name,):
        yield located(f"arn:*:cloudformation:*:*:stack/{one}/*", environment)
