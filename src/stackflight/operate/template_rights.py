"""A template -> what CloudFormation calls for it with the rights of whoever deploys, where it takes no role of its own.

Source: the resource provider schemas (`handlers`), which CloudFormation documents as what a type needs; CloudFormation User
Guide, controlling access with IAM (it acts as its caller), and API reference (dynamic references, parameters of SSM, macros).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stackflight.check.readers.arns import located, own_arn
from stackflight.facts.load import Row, rows_for
from stackflight.model.demand import Demand, Origin
from stackflight.model.template import Environment, Resource, World
from stackflight.model.value import Reference, Unknown, Value, as_list, known_text, unknowns_in, walk
from stackflight.model.wildcards import matches
from stackflight.patterns import compile_later

_PASS = "iam:PassRole"
_ROLES = ("AWS::IAM::Role", "AWS::IAM::InstanceProfile")
_ROLE = compile_later(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_RESOLVED = compile_later(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^:}]+)")
_ATTACHING = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_KINDS = ("Role", "User", "Group")
_CALLED = {"lambda": "lambda:InvokeFunction", "sns": "sns:Publish"}
_BROUGHT = compile_later(r"\bAWS::(?:Serverless-2016-10-31|LanguageExtensions)\b")
"""Macros that AWS brings, which a template may be free of by the time it is judged."""
_DONE_BY = {"c": "creates", "r": "reads", "u": "updates", "d": "deletes"}


def find_template_demands(world: World) -> tuple[list[Demand], list[str]]:
    """The demands, type by type, and a sentence for each thing that is not known."""
    rows = {row["type"]: row for row in rows_for("handlers", world.by_type)}
    demands: list[Demand] = []
    unknown: list[str] = []
    for type, resources in sorted(world.by_type.items()):
        if type in rows:
            demands += _of_type(world, rows[type], resources)
        elif resources[0].is_custom:
            demands += _of_custom(world, resources)
        elif type != "AWS::CDK::Metadata" and not type.startswith("AWS::CloudFormation::WaitCondition"):
            unknown.append(f"{type}: its schema does not say what CloudFormation calls for it")
    passed, open_ = _passed(world, rows)
    demands += passed
    unknown += open_
    return [*demands, *_looked_up(world)], unknown


def _of_type(world: World, row: Row, resources: Sequence[Resource]) -> Iterator[Demand]:
    count = f"{row['type']} ({len(resources)})" if len(resources) > 1 else row["type"]
    places: dict[tuple[str, ...], dict[str, str]] = {}
    for name, letters in {**row.get("own", {}), **row["any"]}.items():
        where = _where(world, row, name, resources)
        if name != _PASS and where:
            places.setdefault(where, {})[name] = letters
    for where, actions in places.items():
        done = "".join(actions.values())
        why = f"{', '.join(word for letter, word in _DONE_BY.items() if letter in done)} it"
        yield Demand(Origin.TEMPLATE, count, _without_covered(actions), where, why)


def _where(world: World, row: Row, action: str, resources: Sequence[Resource]) -> tuple[str, ...]:
    """On what an action is called for resources of one type; nothing where none of them makes it necessary."""
    kind = next((kind for kind in _KINDS if kind in action), "") if row["type"] in _ATTACHING else ""
    if action in row.get("own", {}):
        return _places(own_arn(world, one) for one in resources)
    if kind:
        return _places(arn for one in resources for arn in _attached(world, one, kind))
    return ("*",)


def _attached(world: World, resource: Resource, kind: str) -> Iterator[str]:
    """The roles, users or groups that a policy names."""
    named, where = resource.get(f"{kind}s"), world.stack(resource.address.stack).environment
    if isinstance(named, Unknown):
        yield "*"
    for value in as_list(named):
        there = world.resources.get(value.address) if isinstance(value, Reference) else None
        text = known_text(value)
        yield own_arn(world, there) if there else located(f"arn:*:iam::*:{kind.lower()}/{text}", where) if text else "*"


def _without_covered(names: Iterable[str]) -> tuple[str, ...]:
    """The actions, those left out that a wildcard among them covers."""
    given = dict.fromkeys(names)
    wide = [name for name in given if "*" in name]
    return tuple(name for name in given if not any(other != name and matches(name, other) for other in wide))


def _of_custom(world: World, resources: Sequence[Resource]) -> Iterator[Demand]:
    """Who makes custom resources is called as whoever deploys."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        token = resource.get("ServiceToken")
        maker = world.resources.get(token.address) if isinstance(token, Reference) else None
        arn = own_arn(world, maker) if maker is not None else known_text(token) or "*"
        for service, action in _CALLED.items():
            if arn == "*" or f":{service}:" in arn:
                found.setdefault(action, set()).add(arn if arn.startswith("arn:") else "*")
    for action, arns in found.items():
        yield Demand(Origin.TEMPLATE, resources[0].type, (action,), _places(arns), "calls who makes it")


def _passed(world: World, rows: dict[str, Row]) -> tuple[list[Demand], list[str]]:
    """The roles that resources hand to services: whoever deploys has to be allowed to pass each."""
    passed: set[str] = set()
    unknown: list[str] = []
    for resource in world.resources.values():
        row = rows.get(resource.type, {})
        if _PASS not in row.get("any", {}):
            continue
        found = set(_roles_of(world, resource))
        passed |= found
        if not found and any(unknowns_in(value) for value in _named_by_role(resource.properties)):
            unknown.append(f"{resource.address}: which role it hands over hangs on its parameters; allow {_PASS} on it")
    if not passed:
        return [], unknown
    why = "lets services act as them"
    return [Demand(Origin.TEMPLATE, "roles that are handed over", (_PASS,), _places(passed), why)], unknown


def _named_by_role(value: Value) -> Iterator[Value]:
    """What stands under names that speak of a role or a profile."""
    for item in walk(value):
        if isinstance(item, dict):
            yield from (inner for name, inner in item.items() if "Role" in name or "Profile" in name)


def _roles_of(world: World, resource: Resource) -> Iterator[str]:
    for edge in resource.edges:
        target = world.resources.get(edge.target)
        if target is not None and target.type in _ROLES and edge.kind != "DependsOn":
            profile = target.type == _ROLES[1]
            held = [world.resources.get(inner.target) for inner in target.edges] if profile else [target]
            yield from (own_arn(world, one) for one in held if one is not None and one.type == _ROLES[0])
    for text in walk(resource.properties):
        if isinstance(text, str):
            yield from _ROLE.findall(text)


def _looked_up(world: World) -> Iterator[Demand]:
    """Values that CloudFormation looks up: parameters of Systems Manager, secrets, macros."""
    found: dict[str, set[str]] = {}
    where = world.stacks[0].environment
    for stack in world.stacks:
        for service, name in _RESOLVED.findall(stack.template.text):
            found.setdefault(service.removesuffix("-secure"), set()).add(name)
        for given in stack.template.section("Parameters").values():
            if isinstance(given, dict) and str(given.get("Type", "")).startswith("AWS::SSM::Parameter::"):
                found.setdefault("ssm", set()).add(str(given.get("Default", "*")))
    if names := found.get("ssm"):
        arns = _places(_parameter(name, where) for name in names)
        yield Demand(Origin.TEMPLATE, "parameters of SSM", ("ssm:GetParameters",), arns, "looks values up")
    if "secretsmanager" in found:
        yield Demand(Origin.TEMPLATE, "secrets", ("secretsmanager:GetSecretValue",), ("*",), "puts their values in")
    templates = [stack.template for stack in world.stacks]
    macros = {name for one in templates for name in (*one.macros, *_BROUGHT.findall(one.text))}
    if macros:
        why = "a template with a macro is expanded first"
        arns = _places(_macro(name, where) for name in macros)
        yield Demand(Origin.TEMPLATE, "macros", ("cloudformation:CreateChangeSet",), arns, why)


def _parameter(name: str, where: Environment) -> str:
    """Those that AWS publishes belong to no account."""
    owner = Environment(None, where.region) if name.startswith("/aws/") else where
    return "*" if "${" in name else located(f"arn:*:ssm:*:*:parameter/{name.lstrip('/')}", owner)


def _macro(name: str, where: Environment) -> str:
    """Those that AWS brings are called as of an account named aws."""
    own = name.removeprefix("AWS::")
    return located(f"arn:*:cloudformation:*:{'*' if own == name else 'aws'}:transform/{own}", where)


def _places(arns: Iterable[str]) -> tuple[str, ...]:
    """Each once; everything where one of them is not known."""
    found = sorted(set(arns))
    return ("*",) if "*" in found else tuple(found)
