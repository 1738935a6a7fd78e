"""The rows of facts/senders -> findings: services that send to a topic, bucket, queue or key whose policy keeps them out.

A row names the property `to` of the sender (of every item of `each`, where it stands in a list), the `receiver`'s type, the
`service` that sends under its own name and the `actions` that it calls, `below` the property of the prefix under which it writes into a bucket. `when` says whether the service tests them while
the sender is made, or whether the stack is created and nothing arrives. `open` receivers let the service in until they
have a policy of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case, listed
from stackflight.check.check import Check
from stackflight.check.law.role_uses import need_check
from stackflight.check.outcome import broken, handed_out, named, refused
from stackflight.check.readers.keepers import KEPT_BY, Keepers
from stackflight.check.readers.policies import may_allow, may_put_below, policies_of
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, known_text

TABLE = "senders"

_INLINE = ("AWS::SNS::TopicInlinePolicy", "AWS::SQS::QueueInlinePolicy")


def find_kept_out(case: Case) -> Iterator[Finding]:
    """Services whose receiver has policies, all known, of which none lets them in."""
    keepers = Keepers(case)
    for row in rows_for(TABLE, case.world.by_type):
        for sender in case.world.of_type(row["type"]):
            for receiver, place in _receivers(case, row, sender):
                documents = _documents(case, keepers, receiver)
                if documents is None or (row.get("open") and not documents):
                    continue
                lacking = [
                    one
                    for one in row["actions"]
                    if not may_allow(documents, row["service"], one, accounts=row.get("open", False))
                ]
                if lacking:
                    yield _finding(case, row, sender, receiver, lacking)
                elif place and not may_put_below(documents, row["service"], place):
                    yield _finding(case, row, sender, receiver, [f"s3:PutObject below {place}"])


def _receivers(case: Case, row: Row, sender: Resource) -> list[tuple[Resource, str]]:
    """The receivers in the templates that a sender names, each once, with the place in a bucket where that is known."""
    whole = Scope.of(case, sender)
    parts = [replace(whole, value=item) for item in whole.values(row["each"] + "[]")] if "each" in row else [whole]
    found = {}
    for scope in parts:
        if "if" in row and holds(row["if"], scope) is not True:
            continue
        for value in scope.values(row["to"]):
            receiver = named(case, value, row["receiver"])
            if receiver is not None and receiver.exists is True and not handed_out(case, receiver.address):
                place = next((known_text(one) for one in scope.values(row["below"])), None) if "below" in row else None
                found[receiver.address] = receiver, place or ""
    return list(found.values())


def _documents(case: Case, keepers: Keepers, receiver: Resource) -> list[Value] | None:
    """The policies of a receiver; None where one may belong to it that is not seen."""
    if receiver.type == "AWS::S3::Bucket":
        return policies_of(case, receiver.address)
    if receiver.type == "AWS::KMS::Key":
        policy = receiver.get("KeyPolicy")
        return [] if policy is None else [policy]
    if any(user.type in _INLINE for user in case.users.get(receiver.address, ())):
        return None
    return keepers.documents(receiver) if receiver.type in KEPT_BY else None


def _finding(case: Case, row: Row, sender: Resource, receiver: Resource, lacking: list[str]) -> Finding:
    message = worded(row["message"], Scope.of(case, sender), receiver=str(receiver.address), actions=listed(lacking))
    remedy = f"allow {listed(lacking)} to the service {row['service']} in the policy of {receiver.address}"
    involved = [sender.address, receiver.address]
    if row["when"] == "create":
        return refused(case, _check(row), involved, message, remedy, struck=sender.address)
    return broken(case, _check(row), involved, message, remedy)


def sender_checks() -> tuple[Check, ...]:
    """One check for each row, for the reference, `checks` and ignores."""
    return tuple(_check(row) for row in all_rows(TABLE))


def _check(row: Row) -> Check:
    return need_check(
        row, f"Needed for {row['service']}: {listed(row['actions'])}.", "the stack is created and nothing arrives"
    )
