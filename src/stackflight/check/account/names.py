"""World -> findings on physical names: taken twice, left behind by a first attempt, too long, of a wrong form.

Sources: the naming rules in the API references of the services; CloudFormation User Guide (DeletionPolicy).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.facts.names import Name, known_names
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Text, Unknown, Value, known_flag, known_text, render

# The least that a pseudo parameter adds to a name. Account ids have 12 digits, the shortest Region name 9 characters.
_LEAST = {"AWS::AccountId": 12, "AWS::Region": 9, "AWS::Partition": 3, "AWS::StackName": 1}


def _named(case: Case) -> Iterator[tuple[Resource, Name, Value]]:
    for kind, name in known_names().items():
        for resource in case.world.of_type(kind):
            value = resource.get(name.property)
            if value is not None:
                yield resource, name, value


def _decided(value: Value) -> bool:
    """Whether two equal values of this kind are one name at deployment: no generated id in it."""
    if isinstance(value, Text):
        return all(
            isinstance(part, str) or (isinstance(part, Unknown) and _same_everywhere(part)) for part in value.parts
        )
    return isinstance(value, str)


def _same_everywhere(part: Unknown) -> bool:
    return part.why in _LEAST or bool(part.parameter)


# Names of IAM belong to the account, not to a Region, and differ by more than case. Source: IAM User Guide (quotas).
_EVERY_REGION = "AWS::IAM::"
_CASELESS = ("AWS::IAM::", "AWS::RDS::", "AWS::DocDB::")


NAME_TAKEN_TWICE = Check(
    "name-taken-twice",
    found_when="two resources of one type have the same physical name",
    explains="The second one is refused. Names are compared with their unknown parts, within one stack or in stacks of one account and "
    "Region; those of IAM in all Regions and whatever their case.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for stacks that do not say where they go; silent where a condition decides which of them exists",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
    ),
    replaces=("E3019",),
)


@finds(NAME_TAKEN_TWICE)
def find_names_taken_twice(case: Case) -> Iterator[Finding]:
    """Two resources of one type and place with one name."""
    seen: dict[tuple[object, ...], Address] = {}
    literals: dict[tuple[object, ...], Address] = {}
    for resource, name, value in _named(case):
        if not name.unique or not _decided(value) or resource.exists is not True:
            continue
        given = case.world.stack(resource.address.stack).environment
        home = (given.account, "" if resource.type.startswith(_EVERY_REGION) else given.region)
        scope = render(resource.get(name.unique)) if name.unique not in {"account", "global"} else ""
        place = home if isinstance(value, str) and None not in home else resource.address.stack
        text = render(value).lower() if resource.type.startswith(_CASELESS) else render(value)
        other = seen.setdefault((resource.type, place, scope, text), resource.address)
        apart = other.stack != resource.address.stack
        pair = (
            f"{resource.address} of {resource.address.stack} and {other} of {other.stack}"
            if apart
            else f"{resource.address} and {other}"
        )
        message = f"{pair} are both named {render(value)}: the second one already exists"
        remedy = f"drop {name.property} and let CloudFormation choose, or give each a name of its own"
        if other != resource.address:
            yield refused(case, NAME_TAKEN_TWICE, [resource.address, other], message, remedy, (name.property,))
        elif isinstance(value, str) and None in home and "${" not in scope:
            other = literals.setdefault((resource.type, home, scope, text), resource.address)
            if other.stack != resource.address.stack:
                yield doubtful(
                    case, NAME_TAKEN_TWICE, [resource.address, other],
                    f"{resource.address} of {resource.address.stack} and {other} of {other.stack} are both named {render(value)}: the "
                    "second one already exists, if the stacks go to one account and Region", remedy, (name.property,),
                )  # fmt: skip


RETAINED_NAME_BLOCKS_RETRY = Check(
    "retained-name-blocks-retry",
    found_when="a retained resource has a fixed physical name",
    explains="A create that rolls back keeps it, and so does a deleted stack; the next attempt collides with it.",
    may=(WARNING,),
    weighed="the first attempt may succeed",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
    ),
    example="del-retain-fixed-name",
)


@finds(RETAINED_NAME_BLOCKS_RETRY)
def find_names_left_behind(case: Case) -> Iterator[Finding]:
    """Names that a failed or deleted stack keeps from the next attempt."""
    for resource, name, value in _named(case):
        kept = known_text(resource.attributes.get("DeletionPolicy")) == "Retain"
        if not kept or not _decided(value) or not name.unique:
            continue
        if not isinstance(value, str) and any(bool(part.parameter) for part in _unknown_parts(value)):
            continue
        yield doubtful(
            case, RETAINED_NAME_BLOCKS_RETRY, [resource.address],
            f"{resource.address} is retained and has the fixed name {render(value)}: when the first attempt rolls back it stays, "
            "and the second one fails because the name already exists",
            f"drop {name.property}, or set DeletionPolicy: RetainExceptOnCreate", (name.property,), phase=Phase.CREATE,
        )  # fmt: skip


def _unknown_parts(value: Value) -> list[Unknown]:
    return [part for part in value.parts if isinstance(part, Unknown)] if isinstance(value, Text) else []


def least_length(value: Value) -> int | None:
    """How long a name is at least; None where it is not known at all."""
    if isinstance(value, str):
        return None if "{{resolve:" in value else len(value)
    if not isinstance(value, Text):
        return None
    total = 0
    for part in value.parts:
        if isinstance(part, str):
            if "{{resolve:" in part:
                return None
            total += len(part)
        elif isinstance(part, Unknown):
            total += _LEAST.get(part.why, 0)
        elif isinstance(part, Reference):
            total += 0
    return total


NAME_TOO_LONG = Check(
    "name-too-long",
    found_when="a physical name is longer than the service takes",
    explains="The known parts and the least that pseudo parameters add are counted.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",),
)


@finds(NAME_TOO_LONG)
def find_long_names(case: Case) -> Iterator[Finding]:
    """Names that are too long, whatever the unknown parts are."""
    for resource, name, value in _named(case):
        length = least_length(value)
        if length is not None and length > name.longest:
            yield refused(
                case, NAME_TOO_LONG, [resource.address],
                f"the name {render(value)} of {resource.address} has at least {length} characters and may have {name.longest}",
                f"shorten {name.property}, or leave it out", (name.property,),
            )  # fmt: skip


NAME_FORM = Check(
    "name-form",
    found_when="a physical name or tag has a form that the service refuses",
    explains="FIFO endings, characters, prefixes; tag keys that begin with aws:.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",),
    replaces=("E2504", "E3501"),
)


@finds(NAME_FORM)
def find_name_forms(case: Case) -> Iterator[Finding]:
    """Queue, topic and other names of a form that the service refuses."""
    for kind, key in (("AWS::SQS::Queue", "QueueName"), ("AWS::SNS::Topic", "TopicName")):
        for resource in case.world.of_type(kind):
            first_in_first_out = known_flag(resource.get("FifoQueue" if kind.endswith("Queue") else "FifoTopic"), False)
            ending = _ending(resource.get(key))
            if (
                isinstance(first_in_first_out, bool)
                and ending is not None
                and ending.endswith(".fifo") != first_in_first_out
            ):
                wrong = (
                    "the name of a FIFO queue or topic must end with .fifo"
                    if first_in_first_out
                    else "only a FIFO queue or topic may have a name that ends with .fifo"
                )
                yield refused(
                    case, NAME_FORM, [resource.address],
                    f"{render(resource.get(key))}, the name of {resource.address}, is refused: {wrong}",
                    "end the name with .fifo exactly where it is FIFO", (key,),
                )  # fmt: skip
    for kind, key in (
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name"),
        ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
        ("AWS::RDS::DBCluster", "DBClusterIdentifier"),
        ("AWS::DocDB::DBCluster", "DBClusterIdentifier"),
        ("AWS::ElastiCache::ReplicationGroup", "ReplicationGroupId"),
    ):
        for resource in case.world.of_type(kind):
            text = _fixed_text(resource.get(key))
            if (
                key == "Name"
                and kind.endswith("LoadBalancer")
                and _beginning(resource.get(key)).startswith("internal-")
            ):
                yield refused(
                    case, NAME_FORM, [resource.address],
                    f"{render(resource.get(key))}, the name of {resource.address}, is refused: it must not begin with internal-",
                    "choose another beginning", (key,),
                )  # fmt: skip
            if text and (set(text) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")):
                yield refused(
                    case, NAME_FORM, [resource.address],
                    f"{render(resource.get(key))}, the name of {resource.address}, is refused: it can contain only alphanumeric "
                    "characters and hyphens", "use letters, digits and hyphens", (key,),
                )  # fmt: skip
    for alias in case.world.of_type("AWS::KMS::Alias"):
        text = _beginning(alias.get("AliasName"))
        if (isinstance(alias.get("AliasName"), str) and not text.startswith("alias/")) or text.startswith("alias/aws/"):
            yield refused(
                case, NAME_FORM, [alias.address],
                f"{render(alias.get('AliasName'))}, the name of {alias.address}, is refused: it must begin with alias/ and not "
                "with alias/aws/", "write alias/NAME", ("AliasName",),
            )  # fmt: skip
    for group in case.world.of_type("AWS::EC2::SecurityGroup"):
        if _beginning(group.get("GroupName")).startswith("sg-"):
            yield refused(
                case, NAME_FORM, [group.address],
                f"{render(group.get('GroupName'))}, the name of {group.address}, is refused",
                "choose another beginning", ("GroupName",), says=aws_says("name-form"),
            )  # fmt: skip
    yield from _reserved_tags(case)


def _fixed_text(value: Value) -> str:
    if isinstance(value, Text):
        value = "".join(part for part in value.parts if isinstance(part, str))
    return value if isinstance(value, str) and "{{" not in value else ""


def _beginning(value: Value) -> str:
    first = value.parts[0] if isinstance(value, Text) else value
    return first if isinstance(first, str) and "{{" not in first else ""


def _ending(value: Value) -> str | None:
    last = value.parts[-1] if isinstance(value, Text) else value
    return last if isinstance(last, str) and "{{" not in last else None


def _reserved_tags(case: Case) -> Iterator[Finding]:
    """Tag keys that AWS keeps for itself."""
    for resource in case.resources.values():
        tags = resource.properties.get("Tags")
        keys = (
            list(tags)
            if isinstance(tags, dict)
            else [known_text(item.get("Key")) for item in tags if isinstance(item, dict)]
            if isinstance(tags, list)
            else []
        )
        reserved = [key for key in keys if isinstance(key, str) and key.lower().startswith("aws:")]
        if reserved and resource.type.startswith("AWS::"):
            yield refused(
                case, NAME_FORM, [resource.address],
                f"{resource.address} has the tag {listed(reserved)}: tag keys cannot begin with aws:",
                "use another key", ("Tags",),
            )  # fmt: skip
