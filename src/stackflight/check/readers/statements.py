"""Policy documents -> their statements, one by one, and which policies of identities there are."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.outcome import At
from stackflight.model.identity import fits
from stackflight.model.template import Resource
from stackflight.model.value import (
    Value,
    as_dict,
    as_list,
    known_text,
)


def statements(document: Value) -> Iterator[tuple[int, dict[str, Value]]]:
    """The statements of a document that are mappings, with their position."""
    for index, item in enumerate(as_list(as_dict(document).get("Statement"))):
        if isinstance(item, dict):
            yield index, item


def names_action(statement: dict[str, Value], action: str) -> bool:
    """Whether one of a statement's known actions, wildcards counted, is this one; NotAction is not looked at."""
    return any(fits(action, known_text(item) or "") for item in as_list(statement.get("Action")))


def all_known(document: dict[str, Value]) -> bool:
    """Whether every statement of a document can be read as a mapping."""
    return all(isinstance(item, dict) for item in as_list(document.get("Statement")))


def identity_documents(case: Case) -> Iterator[tuple[Resource, Value, At]]:
    """Every identity policy document, with its owner and place."""
    for policy in case.world.of_type(
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
        "AWS::IAM::UserPolicy",
        "AWS::IAM::GroupPolicy",
    ):
        yield policy, policy.get("PolicyDocument"), ("PolicyDocument",)
    for owner in case.world.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for index, item in enumerate(as_list(owner.get("Policies"))):
            yield owner, as_dict(item).get("PolicyDocument"), ("Policies", index, "PolicyDocument")
