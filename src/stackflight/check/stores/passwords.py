"""World -> findings on generated passwords that the service which is given them does not take.

Sources: the rows of facts/generated_passwords.json; AWS Secrets Manager API Reference (GetRandomPassword: 32 characters, one
of every kind, and all punctuation unless it is excluded).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.check.rows.scope import Scope
from stackflight.check.stores.secrets import Read, dynamic_reads
from stackflight.facts.load import Row, read_table
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Text, Value, known_flag, known_int, known_text

_LENGTH = 32  # what GetRandomPassword draws where nothing is said


GENERATED_PASSWORD_REFUSED = Check(
    "generated-password-refused",
    found_when="a password is generated that the service which is given it refuses",
    explains="By its length, by a kind of characters that is excluded and has to be there, or by a character that may be drawn: Secrets "
    "Manager draws from all punctuation unless it is told otherwise. Read with dynamic references.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where the draw decides",
    sources=(
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
        "https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html",
    ),
)


@finds(GENERATED_PASSWORD_REFUSED)
def find_refused_passwords(case: Case) -> Iterator[Finding]:
    """Services that are given a generated password which they do not take, or may not."""
    for row in read_table("generated_passwords")["types"]:
        for resource in case.world.of_type(row["type"]):
            for value in Scope.of(case, resource).values(row["path"]):
                for read in dynamic_reads(resource, value) if isinstance(value, Text) else ():
                    yield from _judge(case, row, read)


def _judge(case: Case, row: Row, read: Read) -> Iterator[Finding]:
    secret = case.resources.get(read.secret.address)
    made = secret.get("GenerateSecretString") if secret is not None else None
    if secret is None or not isinstance(made, dict) or known_text(made.get("GenerateStringKey")) != (read.key or None):
        return
    who, at = f"{read.reader.address} takes its password from {secret.address}", ("GenerateSecretString",)
    wrong = _wrong_length(row, read.reader, made) or _wrong_kinds(row, made)
    if wrong:
        yield refused(
            case, GENERATED_PASSWORD_REFUSED, [secret.address, read.reader.address], f"{who}, {wrong[0]}: {row['says']}",
            wrong[1], at, struck=read.reader.address,
        )  # fmt: skip
        return
    excluded = "" if made.get("ExcludeCharacters") is None else known_text(made.get("ExcludeCharacters"))
    if known_flag(made.get("ExcludePunctuation"), False) is not False or excluded is None:
        return
    left = [character for character in row["refuses"] if character not in excluded]
    if left:
        yield doubtful(
            case, GENERATED_PASSWORD_REFUSED, [secret.address, read.reader.address],
            f"{who}, which may generate {listed(left)}: where it does, {row['says']}",
            "add these characters to ExcludeCharacters, or set ExcludePunctuation: true", at,
            struck=read.reader.address, consequence=Consequence.FAILS,
        )  # fmt: skip


def _wrong_length(row: Row, reader: Resource, made: dict[str, Value]) -> tuple[str, str] | None:
    length = _LENGTH if made.get("PasswordLength") is None else known_int(made.get("PasswordLength"))
    engine = known_text(reader.get("Engine")) or ""
    most = next((most for name, most in row["longest"].items() if engine.startswith(name)), None)
    least = row["shortest"]
    if length is None or (length >= least and (most is None or length <= most)):
        return None
    bounds = f"{least} or more" if most is None else f"{least} to {most}"
    return f"which generates {length} characters, and it takes {bounds}", f"set PasswordLength to {bounds}"


def _wrong_kinds(row: Row, made: dict[str, Value]) -> tuple[str, str] | None:
    out = [kind for kind in row.get("needs", ()) if known_flag(made.get(f"Exclude{kind}"), False) is True]
    if not out:
        return None
    return f"which generates no {listed(out).lower()}, and it asks for some", f"remove Exclude{out[0]}"
