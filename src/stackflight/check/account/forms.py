"""World -> findings on names and tags of a form that the service refuses.

Sources: the naming rules in the API references of the services; the patterns of facts/name_forms.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from string import punctuation

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.facts.load import read_table
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.value import Text, Value, known_flag, known_text, render

NAME_FORM = Check(
    "name-form",
    found_when="a physical name or tag has a form that the service refuses",
    explains="FIFO endings, characters, prefixes; tag keys that begin with aws:. The patterns are those that AWS publishes with its APIs.",
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
    yield from _patterns(case)


def _patterns(case: Case) -> Iterator[Finding]:
    """Names that do not fit the pattern of the service, as a whole or by a character that no such name has."""
    forms = read_table("name_forms")["types"]
    for kind in sorted(set(case.world.by_type) & set(forms)):
        key, form = forms[kind]["property"], forms[kind]["form"]
        for resource in case.world.of_type(kind):
            value = resource.get(key)
            text = known_text(value)
            strange = sorted({sign for sign in _fixed_text(value) if sign not in _signs(form) and not sign.isalnum()})
            if strange or (text and "{{" not in text and re.fullmatch(form, text) is None):
                why = (
                    f" has {listed('a space' if sign == ' ' else sign for sign in strange)}, which it may not"
                    if strange
                    else " has another form than the service takes"
                )
                yield refused(
                    case, NAME_FORM, [resource.address],
                    f"{render(value)}, the name of {resource.address},{why} ({form})", "choose a name that fits the pattern", (key,),
                    says=aws_says("name-form.pattern", value=render(value), property=f"{key[0].lower()}{key[1:]}", form=form),
                )  # fmt: skip


@cache
def _signs(form: str) -> frozenset[str]:
    """The signs beside letters and digits that a name of a form may have somewhere."""
    around = ("{}", "a{}", "{}a", "a{}a", "A{}A", "a1{}a1", "aaa{}aaa")
    compiled = re.compile(form)
    return frozenset(sign for sign in f"{punctuation} " if any(compiled.fullmatch(one.format(sign)) for one in around))


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
