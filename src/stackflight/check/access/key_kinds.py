"""World -> findings on KMS keys that are to encrypt the data of a service and cannot: asymmetric ones, those for signing, disabled ones.

Source: AWS Key Management Service Developer Guide (services use symmetric encryption keys; key states).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import broken, named
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import rows_for
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import known_flag, known_text

_KINDS = {"key", "key-arn"}

KEY_CANNOT_ENCRYPT = Check(
    "key-cannot-encrypt",
    found_when="a service is given a KMS key that is not symmetric, is not for encryption, or is disabled",
    explains="Services encrypt with symmetric keys alone. Which properties take such a key stands in facts/contracts.",
    may=(WARNING,),
    weighed="some services test the key when it is given, others when they use it",
    sources=(
        "https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
    ),
)


@finds(KEY_CANNOT_ENCRYPT)
def find_keys_that_cannot_encrypt(case: Case) -> Iterator[Finding]:
    """Keys of another kind than the service needs."""
    if not any(_wrong(key) for key in case.world.of_type("AWS::KMS::Key")):
        return
    for row in rows_for("contracts", case.world.by_type):
        paths = [path for path, kind in row.get("takes", {}).items() if kind in _KINDS]
        for resource in case.world.of_type(row["type"]) if paths and row["type"] != "AWS::KMS::Alias" else ():
            for path in paths:
                for value in Scope.of(case, resource).values(path):
                    key = named(case, value, "AWS::KMS::Key")
                    wrong = _wrong(key) if key is not None else ""
                    if key is not None and wrong:
                        yield broken(
                            case, KEY_CANNOT_ENCRYPT, [resource.address, key.address],
                            f"{resource.address} is to be encrypted with {key.address}, which {wrong}",
                            "give it an enabled key with KeySpec SYMMETRIC_DEFAULT and KeyUsage ENCRYPT_DECRYPT",
                            tuple(path.split(".")) if "[]" not in path else (), phase=Phase.CREATE,
                        )  # fmt: skip


def _wrong(key: Resource) -> str:
    """Why a key encrypts nothing for a service; empty where it does, or may."""
    spec, usage = known_text(key.get("KeySpec")), known_text(key.get("KeyUsage"))
    if spec is not None and spec != "SYMMETRIC_DEFAULT":
        return f"is of {spec}"
    if usage is not None and usage != "ENCRYPT_DECRYPT":
        return f"is for {usage}"
    return "is disabled" if known_flag(key.get("Enabled"), True) is False else ""
