"""World -> findings on JSON keys that are read from secrets which nobody writes.

Sources: CloudFormation User Guide, dynamic references; AWS::SecretsManager::Secret and SecretTargetAttachment; Amazon
ECS Developer Guide, secrets; Amazon RDS User Guide, password management (the keys of managed secrets).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, handed_out, mentions, named, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Text, Unknown, Value, as_dict, as_list, known_text, walk
from stackflight.records import dataclass

_SECRET = "AWS::SecretsManager::Secret"
_ATTACHED = {"engine", "host", "port", "dbname", "dbInstanceIdentifier", "dbClusterIdentifier"}
_MANAGED = {"username", "password"}
_WRITES = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret")


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody reads a JSON key of a secret; an empty key reads the whole value."""

    reader: Resource
    secret: Reference
    key: str
    at: tuple[str | int, ...]
    by_task: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What the templates put into a secret: its keys, None for a value that is not JSON; `empty` for no value at all."""

    keys: frozenset[str] | None
    empty: bool = False


def _reads(case: Case) -> Iterator[Read]:
    for resource in case.resources.values():
        for value in walk(resource.properties):
            if isinstance(value, Text):
                yield from dynamic_reads(resource, value)
        if resource.type == "AWS::ECS::TaskDefinition":
            yield from _injected(resource)


def dynamic_reads(resource: Resource, text: Text) -> Iterator[Read]:
    """The dynamic references in a text to secrets of the templates."""
    parts = text.parts
    for before, secret, after in zip(parts, parts[1:], parts[2:], strict=False):
        if not (isinstance(before, str) and before.endswith("{{resolve:secretsmanager:")):
            continue
        if isinstance(secret, Reference) and isinstance(after, str):
            match = re.match(r"(?::SecretString(?::([^:}]*))?(?::[^}]*)?)?\}\}", after)
            if match:
                yield Read(resource, secret, match.group(1) or "", (), False)


def _injected(resource: Resource) -> Iterator[Read]:
    for index, container in enumerate(as_list(resource.get("ContainerDefinitions"))):
        for item in as_list(as_dict(container).get("Secrets")):
            value = as_dict(item).get("ValueFrom")
            at = ("ContainerDefinitions", index, "Secrets")
            match value:
                case Text((Reference() as secret, str() as rest)):
                    key = rest.removeprefix(":").split(":")[0] if rest.startswith(":") else ""
                    yield Read(resource, secret, key, at, True)
                case Reference():
                    yield Read(resource, value, "", at, True)


def _written(case: Case, secret: Resource) -> Written | None:
    """What a secret holds after creation; None where it is not decided."""
    literal, generated = secret.get("SecretString"), secret.get("GenerateSecretString")
    if secret.get("ReplicaRegions") is not None or isinstance(generated, Unknown):
        return None
    keys: set[str] = set()
    if isinstance(generated, dict):
        template, key = generated.get("SecretStringTemplate"), generated.get("GenerateStringKey")
        if template is None and key is None:
            return Written(None)
        found = _keys(template)
        name = known_text(key)
        if found is None or name is None:
            return None
        keys = {*found, name}
    elif literal is not None:
        if isinstance(literal, Unknown):
            return None
        found = _keys(literal)
        if found is None:
            return None if not isinstance(literal, str) or literal.lstrip().startswith("{") else Written(None)
        keys = found
    else:
        return Written(frozenset(), empty=True)
    for attachment in case.world.of_type("AWS::SecretsManager::SecretTargetAttachment"):
        if mentions(attachment.get("SecretId"), secret.address):
            keys |= _ATTACHED
        elif isinstance(attachment.get("SecretId"), Unknown):
            return None
    return Written(frozenset(keys))


def _keys(value: Value) -> set[str] | None:
    """The top-level keys of a JSON text some of whose values may be unknown."""
    if isinstance(value, Text):
        text = "".join(part if isinstance(part, str) else "0" for part in value.parts)
    else:
        text = known_text(value) or ""
    try:
        loaded = json.loads(text)
    except ValueError:
        return None
    return set(loaded) if isinstance(loaded, dict) else None


def _may_be_written(case: Case, secret: Address) -> bool:
    """Whether a function, custom resource, rotation or role of the world may put other keys into the secret."""
    if handed_out(case, secret):
        return True
    for kind in ("AWS::SecretsManager::RotationSchedule", "AWS::Lambda::Function", "AWS::CloudFormation::Stack"):
        if any(mentions(item.properties, secret) for item in case.world.of_type(kind)):
            return True
    return any(role.allows(action) is True for role in case.roles.values() for action in _WRITES)


SECRET_KEY_NOT_WRITTEN = Check(
    "secret-key-not-written",
    found_when="a JSON key is read from a secret that does not have it",
    explains="The keys of a secret are those of SecretString or SecretStringTemplate, GenerateStringKey, and what a "
    "SecretTargetAttachment adds; secrets that RDS manages hold username and password. Read by dynamic references and by "
    "the secrets of ECS containers.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where a function, a rotation or a role in the templates may write the secret, and for tasks that read a secret without a value",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secrettargetattachment.html",
    ),
)


@finds(SECRET_KEY_NOT_WRITTEN)
def find_unwritten_keys(case: Case) -> Iterator[Finding]:
    """Keys that a secret of the templates will not have."""
    said: set[tuple[Address, Address, str]] = set()
    for read in _reads(case):
        mark = (read.reader.address, read.secret.address, read.key)
        if mark in said:
            continue
        said.add(mark)
        owner = case.resources.get(read.secret.address)
        if (
            owner is not None
            and owner.type.startswith("AWS::RDS::DB")
            and read.secret.attribute == "MasterUserSecret.SecretArn"
        ):
            if read.key and read.key not in _MANAGED:
                yield _finding(
                    case, read, owner.address, f"RDS writes {listed(sorted(_MANAGED))} into it, nothing else", True
                )
            continue
        secret = named(case, read.secret, _SECRET)
        written = _written(case, secret) if secret is not None else None
        if secret is None or written is None:
            continue
        if written.empty:
            why = "it is created without a value"
            yield _finding(
                case, read, secret.address, why, not read.by_task and not _may_be_written(case, secret.address)
            )
        elif read.key and written.keys is None:
            yield _finding(
                case, read, secret.address, "its value is not JSON", not _may_be_written(case, secret.address)
            )
        elif read.key and written.keys is not None and read.key not in written.keys:
            why = f"the templates write {listed(sorted(written.keys), 9)}"
            yield _finding(case, read, secret.address, why, not _may_be_written(case, secret.address))


def _finding(case: Case, read: Read, secret: Address, why: str, certain: bool) -> Finding:
    task = read.reader
    runs = [
        item.address
        for item in case.world.of_type("AWS::ECS::Service")
        if read.by_task
        and mentions(item.get("TaskDefinition"), task.address)
        and known_text(item.get("DesiredCount")) != "0"
    ]
    what = f"the key {read.key} of {secret}" if read.key else f"{secret}"
    text = (
        "tasks do not start: ResourceInitializationError, retrieved secret from Secrets Manager did not contain json key"
        if read.by_task and read.key
        else "Could not find a value associated with JSONKey in SecretString"
        if read.key
        else "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    )
    message = f"{read.reader.address} reads {what}, and {why}: {text}"
    managed = case.resources[secret].type != _SECRET
    remedy = (
        f"read one of these keys, or put {read.key} into an {_SECRET} of its own"
        if managed
        else f"write {read.key or 'a value'} into {secret} (SecretStringTemplate), or read a key that it has"
    )
    consequence = Consequence.UNSTABLE if runs else Consequence.NONE if read.by_task else Consequence.FAILS
    involved = [read.reader.address, secret, *runs]
    struck = runs[0] if runs else read.reader.address
    if certain:
        return refused(
            case, SECRET_KEY_NOT_WRITTEN, involved, message, remedy, read.at, struck=struck, consequence=consequence
        )
    return doubtful(
        case, SECRET_KEY_NOT_WRITTEN, involved, message, remedy, read.at, struck=struck, consequence=consequence
    )
