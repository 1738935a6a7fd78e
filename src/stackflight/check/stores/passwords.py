"""World -> findings on generated passwords with characters that the database does not take.

Sources: Amazon RDS API Reference (CreateDBInstance, CreateDBCluster: MasterUserPassword); Amazon DocumentDB API Reference;
AWS Secrets Manager API Reference (GetRandomPassword: all punctuation unless it is excluded).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import doubtful
from stackflight.check.stores.secrets import Read, dynamic_reads
from stackflight.model.finding import Consequence, Finding
from stackflight.model.value import Text, known_flag, known_text

_DATABASES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster")
_REFUSED = ("/", '"', "@")


GENERATED_PASSWORD_REFUSED = Check(
    "generated-password-refused",
    found_when="a database's password is generated with characters that the database refuses",
    explains='Secrets Manager draws from all punctuation unless it is told otherwise; RDS and DocumentDB refuse /, " and @.',
    may=(WARNING,),
    weighed="the draw decides",
    sources=(
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
    ),
)


@finds(GENERATED_PASSWORD_REFUSED)
def find_refused_passwords(case: Case) -> Iterator[Finding]:
    """Databases whose password is generated with characters that they refuse."""
    for read in _passwords(case):
        secret = case.resources.get(read.secret.address)
        made = secret.get("GenerateSecretString") if secret is not None else None
        if (
            secret is None
            or not isinstance(made, dict)
            or known_text(made.get("GenerateStringKey")) != (read.key or None)
        ):
            continue
        excluded = "" if made.get("ExcludeCharacters") is None else known_text(made.get("ExcludeCharacters"))
        if known_flag(made.get("ExcludePunctuation"), False) is not False or excluded is None:
            continue
        left = [character for character in _REFUSED if character not in excluded]
        if left:
            yield doubtful(
                case, GENERATED_PASSWORD_REFUSED, [secret.address, read.reader.address],
                f"{read.reader.address} takes its password from {secret.address}, which may generate {listed(left)}: where it does, The "
                "parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"' may be "
                "used", "add these characters to ExcludeCharacters, or set ExcludePunctuation: true", ("GenerateSecretString",),
                struck=read.reader.address, consequence=Consequence.FAILS,
            )  # fmt: skip


def _passwords(case: Case) -> Iterator[Read]:
    for database in case.world.of_type(*_DATABASES):
        password = database.get("MasterUserPassword")
        if isinstance(password, Text):
            yield from dynamic_reads(database, password)
