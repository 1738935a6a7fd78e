"""Policy statements -> findings on those that grant nothing: actions that IAM does not know, or that know no resource.

Source: AWS service authorization reference, by way of facts/actions. IAM stores such statements without a word.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache

from stackflight.check.case import Case, listed
from stackflight.check.check import NOTE, WARNING, Check, finds
from stackflight.check.outcome import At, broken, noted
from stackflight.check.readers.statements import identity_documents, statements
from stackflight.facts.load import known_actions
from stackflight.model.finding import Finding
from stackflight.model.identity import fits
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_list, known_text, render
from stackflight.patterns import compile_later

_VERB = compile_later(r"[A-Z][a-z0-9]+")

ACTION_UNKNOWN = Check(
    "action-unknown",
    found_when="a policy allows an action that IAM does not know",
    explains="The service authorization reference of AWS has no such action; IAM stores the policy all the same.",
    may=(WARNING, NOTE),
    weighed="warning where the statement grants nothing else and a known action is near, else note",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    ),
)
ACTION_KNOWS_NO_RESOURCE = Check(
    "action-knows-no-resource",
    found_when="a policy allows an action on a single resource that applies to everything only",
    explains="The service authorization reference names no type of resource for the action, so a request is never for that resource.",
    may=(WARNING, NOTE),
    weighed="warning where the statement grants nothing else, else note",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    ),
)


@finds(ACTION_UNKNOWN, ACTION_KNOWS_NO_RESOURCE)
def find_empty_statements(case: Case) -> Iterator[Finding]:
    """Statements of identity policies whose actions, or whose resources, can never match a request."""
    for owner, document, at in identity_documents(case):
        for index, statement in statements(document):
            if known_text(statement.get("Effect")) == "Allow" and statement.get("NotAction") is None:
                yield from _statement(case, owner, statement, (*at, "Statement", index))


def _statement(case: Case, owner: Resource, statement: dict[str, Value], at: At) -> Iterator[Finding]:
    given = [known_text(action) for action in as_list(statement.get("Action"))]
    actions = [action for action in given if action is not None]
    unknown = [action for action in actions if _unknown(action)]
    if unknown:
        nothing = len(unknown) == len(given)
        yield (broken if nothing and all(map(_twins, unknown)) else noted)(
            case, ACTION_UNKNOWN, [owner.address],
            f"{owner.address} allows {listed(unknown)}, which IAM does not know{': the statement grants nothing' if nothing else ''}",
            _advice(unknown[0]), (*at, "Action"),
        )  # fmt: skip
    loose = [action for action in actions if _only_on_everything(action)]
    if loose and _narrowed(statement.get("Resource")):
        nothing = len(loose) + len(unknown) == len(given)
        yield (broken if nothing else noted)(
            case, ACTION_KNOWS_NO_RESOURCE, [owner.address],
            f"{owner.address} allows {listed(loose)} on single resources; these actions apply to everything or nothing, so the "
            "statement never grants them",
            f"allow {listed(loose)} on Resource '*' in a statement of its own", (*at, "Resource"),
        )  # fmt: skip


def _split(action: str) -> tuple[str, str]:
    prefix, _, name = action.lower().partition(":")
    return prefix, name


@cache
def _unknown(action: str) -> bool:
    """Whether no action of a known service matches."""
    prefix, name = _split(action)
    known = known_actions(prefix) if name else None
    if known is None:
        return False
    return not any(fits(one, name) for one in known[0]) if "*" in name or "?" in name else name not in known[0]


def _only_on_everything(action: str) -> bool:
    prefix, name = _split(action)
    known = known_actions(prefix) if name and "*" not in name and "?" not in name else None
    return known is not None and name in known[1]


def _narrowed(value: Value) -> bool:
    """Whether every resource of a statement is a single one: none is `*`, and none is unknown as a whole."""
    texts = ["" if isinstance(item, Unknown) else render(item) for item in as_list(value)]
    return bool(texts) and all(_single(text) for text in texts)


def _single(text: str) -> bool:
    return (text.startswith("arn:") and not text.endswith(":*")) or text.endswith(".Arn}")


def _twins(action: str) -> list[str]:
    """The actions that were probably meant, the likeliest first; none where none is near, and it may be a new one."""
    prefix, name = _split(action)
    known = known_actions(prefix)
    written = known[0] if known else {}
    verb = _VERB.match(action.partition(":")[2])
    alike = [one for one in written if verb and written[one].startswith(verb[0])] or list(written)
    near = difflib.get_close_matches(name, sorted(alike, key=lambda one: (len(one), one)), n=2, cutoff=0.5)
    return [f"{prefix}:{written[one]}" for one in near]


def _advice(action: str) -> str:
    twins = _twins(action)
    if twins:
        return f"did you mean {' or '.join(twins)}?"
    return f"name an action of {_split(action)[0]} that exists, if this one is not new"
