"""The rows of facts/contracts -> findings: references that give something else than the property takes.

A row says of a type what its properties take ("takes": path -> kind) and what Ref and its attributes give ("gives"). A
kind (facts/kinds.json) is what may stand in a property, in words, and the attributes that give it. A kind with "?" before
it is not looked up when the resource is made, so what is wrong there is no proof of a failure. `any-arn` takes the ARN of
anything.

Only what a type gives of itself is judged: an attribute that is not in its row may be the id of something else.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, doubtful, mentions, refused
from stackflight.facts.load import Row, known_kinds, rows_for
from stackflight.facts.names import known_names
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Unknown, Value, known_text
from stackflight.patterns import compile_later

TABLE = "contracts"
_ANY_ARN = "any-arn"


_TABLE = "Which property takes what, and what each reference gives, stands in facts/contracts, as of its date."
_PAGES = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html",
)

NAME_INSTEAD_OF_ARN = Check(
    "name-instead-of-arn",
    found_when="Ref is used where the service demands an ARN, Arn where it takes a name or an id, or the wrong attribute",
    explains="Ref of a role, a function or a stream gives its name, of a queue its URL, of a key its id, of an address the "
    f"address. Only properties that take nothing else are judged. {_TABLE}",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for a launch template from which nothing here launches, and where the service does not look",
    sources=_PAGES,
    example="wire-log-group-key-id",
)
REFERENCE_OF_WRONG_TYPE = Check(
    "reference-of-wrong-type",
    found_when="a property names a resource of a type that the service does not take there",
    explains="A VPC where a subnet belongs, a role where an instance profile does; also a parameter of the type AWS::EC2::VPC::Id "
    f"where a subnet belongs. {_TABLE}",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where the service does not look, and where something else may bear the same name",
    sources=_PAGES,
)


@finds(NAME_INSTEAD_OF_ARN, REFERENCE_OF_WRONG_TYPE)
def find_wrong_references(case: Case) -> Iterator[Finding]:
    """Ref or Fn::GetAtt of the wrong resource, or of the wrong attribute of the right one."""
    rows = rows_for(TABLE, case.world.by_type)
    gives = {row["type"]: row["gives"] for row in rows if "gives" in row}
    for row in rows:
        says = row.get("says", {})
        takes = [
            (path.replace("[]", ".*").split("."), kind, says.get(path, ""))
            for path, kind in row.get("takes", {}).items()
        ]
        for resource in case.world.of_type(row["type"]):
            for steps, kind, said in takes:
                for value, at in _values(resource.properties, steps, ()):
                    if isinstance(value, Reference):
                        yield from _judge(case, gives, resource, value, at, kind, said)
                    elif isinstance(value, Unknown) and value.parameter:
                        yield from _judge_parameter(case, resource, value.parameter, at, kind)


def _values(value: Value, path: list[str], at: At) -> Iterator[tuple[Value, At]]:
    """The values at a path, each with its place; `*` is any item of a list or any value of a mapping."""
    if not path:
        yield value, at
    elif path[0] == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, path[1:], (*at, index))
    elif path[0] == "*" and isinstance(value, dict):
        for key, item in value.items():
            yield from _values(item, path[1:], (*at, key))
    elif path == ["*"] and isinstance(value, Unknown):
        yield value, at
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:], (*at, path[0]))


def _judge(
    case: Case, gives: dict[str, Row], resource: Resource, value: Reference, at: At, kind: str, says: str
) -> Iterator[Finding]:
    target = case.resources.get(value.address)
    given = gives.get(target.type, {}) if target is not None else {}
    what = given.get(value.attribute)
    if target is None or what is None:
        return
    right = _right(kind, target, given)
    if value.attribute in right or (kind == _ANY_ARN and (what == "ARN" or not right)):
        return
    if not right and _named_alike(case, target, kind):
        return
    key = next((step for step in reversed(at) if isinstance(step, str)), "")
    message = (
        f"{key} of {resource.address} is {_written(value)}, which gives the {what} of {_a(target.type)}; "
        f"the service takes {_kind(kind)['what']}"
    )
    remedy = f"write {_written(Reference(value.address, right[0]))}" if right else _instead(case, resource, kind)
    check, involved = NAME_INSTEAD_OF_ARN if right else REFERENCE_OF_WRONG_TYPE, [resource.address, target.address]
    if _in_doubt(case, resource, target, kind, bool(right)):
        yield doubtful(case, check, involved, message, remedy, at)
    else:
        yield refused(case, check, involved, message, remedy, at, says=says)


_OF_AWS = compile_later(r"(?:\w+::)*?(?:\w+<)*(AWS::(?:EC2|Route53)::\w+)::(?:Id|KeyName)>*")
"""A type of parameters whose values CloudFormation looks up, also in a list or out of the parameter store."""


def _judge_parameter(case: Case, resource: Resource, name: str, at: At, kind: str) -> Iterator[Finding]:
    """A parameter that can only be given the id of another thing than the property takes."""
    declared = case.world.stack(resource.address.stack).template.section("Parameters").get(name)
    found = _OF_AWS.fullmatch(str(declared.get("Type"))) if isinstance(declared, dict) else None
    if found is None or kind.startswith("?") or not _types(kind) or found[1] in _types(kind):
        return
    key = next((step for step in reversed(at) if isinstance(step, str)), "")
    yield refused(
        case, REFERENCE_OF_WRONG_TYPE, [resource.address],
        f"{key} of {resource.address} is the parameter {name}, which is the id of {_a(found[1])}; the service takes {_kind(kind)['what']}",
        _instead(case, resource, kind), at,
    )  # fmt: skip


def _kind(name: str) -> Row:
    kind: Row = known_kinds()[name.lstrip("?")]
    return kind


def _right(kind: str, target: Resource, given: Row) -> list[str]:
    """The attributes of the target that give what the property takes."""
    if kind == _ANY_ARN:
        return [name for name, form in given.items() if form == "ARN"]
    own = f"{target.type}."
    return [name.removeprefix(own) for name in _takes(kind) if name.startswith(own)]


def _takes(kind: str) -> list[str]:
    return list(_kind(kind)["given_by"])


def _types(kind: str) -> list[str]:
    return list(dict.fromkeys(name.partition(".")[0] for name in _takes(kind)))


def _written(value: Reference) -> str:
    if value.attribute == "Ref":
        return f"Ref: {value.address.id}"
    return f"Fn::GetAtt: [{value.address.id}, {value.attribute}]"


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def _instead(case: Case, resource: Resource, kind: str) -> str:
    """What could stand there: resources of the stack, or the types that would fit."""
    stack = resource.address.stack
    fits = [item.address for item in case.world.of_type(*_types(kind)) if item.address.stack == stack]
    if fits:
        return f"name {listed(fits, limit=4)} there"
    return f"name {_a(_types(kind)[0])} there" if _types(kind) else "name something that has an ARN"


def _in_doubt(case: Case, resource: Resource, target: Resource, kind: str, form: bool) -> bool:
    """A launch template is tested by what launches from it, which may be another stack; a fixed name may be had twice."""
    unused = resource.type == "AWS::EC2::LaunchTemplate" and not case.world.referrers.get(resource.address)
    by_name = not form and _kind(kind)["what"].startswith("the name") and _name(target) is not None
    return unused or by_name or kind.startswith("?")


def _name(resource: Resource) -> Value:
    """The name that the template gives a resource; None where CloudFormation makes one up."""
    known, own = known_names().get(resource.type), resource.type.rpartition("::")[2]
    keys = [known.property] if known else ["Name", f"{own}Name", f"{own}Identifier"]
    return next((found for key in keys if (found := resource.get(key)) is not None), None)


def _named_alike(case: Case, target: Resource, kind: str) -> bool:
    """Whether something of the right type bears the name of the target, so that its name does for both."""
    mine = known_text(_name(target))
    for other in case.world.of_type(*_types(kind)):
        name = _name(other)
        if isinstance(name, Unknown) or mentions(name, target.address) or (mine and known_text(name) == mine):
            return True
    return False


ARN_INSIDE_ARN = Check(
    "arn-inside-arn",
    found_when="an ARN that is put together contains a whole ARN or a URL where a name belongs",
    explains="arn:aws:s3:::${Bucket.Arn}/* becomes arn:aws:s3:::arn:aws:s3:::name/*, which is the ARN of nothing. A policy with "
    f"it is stored and grants nothing. {_TABLE}",
    may=(WARNING,),
    sources=_PAGES,
)


@finds(ARN_INSIDE_ARN)
def find_nested_arns(case: Case) -> Iterator[Finding]:
    """An ARN, or a URL, put where a name belongs in an ARN that is put together."""
    gives = {row["type"]: row["gives"] for row in rows_for(TABLE, case.world.by_type) if "gives" in row}
    for resource in case.resources.values():
        if resource.type.startswith("AWS::"):
            for text, at in _texts(resource.properties, ()):
                inner = _nested(case, gives, text)
                if inner is not None:
                    yield _spoilt(case, resource, inner, gives, at)


def _texts(value: Value, at: At) -> Iterator[tuple[Text, At]]:
    match value:
        case Text():
            yield value, at
        case list():
            for index, item in enumerate(value):
                if not isinstance(item, str):
                    yield from _texts(item, (*at, index))
        case dict():
            for key, item in value.items():
                if not isinstance(item, str):
                    yield from _texts(item, (*at, key))


def _nested(case: Case, gives: dict[str, Row], text: Text) -> Reference | None:
    """The first reference behind the beginning of an ARN that gives a whole ARN or a URL."""
    first = text.parts[0]
    if not isinstance(first, str) or not first.startswith("arn:") or ":apigateway:" in str(text.parts):
        return None
    for part in text.parts[1:]:
        target = case.resources.get(part.address) if isinstance(part, Reference) else None
        if isinstance(part, Reference) and target and gives.get(target.type, {}).get(part.attribute) in {"ARN", "URL"}:
            return part
    return None


def _spoilt(case: Case, resource: Resource, inner: Reference, gives: dict[str, Row], at: At) -> Finding:
    target = case.resources[inner.address]
    given = gives[target.type]
    form = given[inner.attribute]
    name = next((key for key, what in given.items() if what in {"name", "id"}), None)
    arn = next((key for key, what in given.items() if what == "ARN"), None)
    better = " or ".join(
        part for part in (
            f"put ${{{target.address.id}{'' if name == 'Ref' else '.' + str(name)}}} there" if name else "",
            f"write {_written(Reference(inner.address, arn))} alone" if arn else "",
        ) if part
    )  # fmt: skip
    key = next((step for step in reversed(at) if isinstance(step, str)), "")
    say = broken if "Statement" in at else doubtful
    return say(
        case, ARN_INSIDE_ARN, [resource.address, target.address],
        f"{key} of {resource.address} puts the {form} of {target.address} ({_written(inner)}) inside an ARN, which then names "
        "nothing", better or "put the name there", at,
    )  # fmt: skip
