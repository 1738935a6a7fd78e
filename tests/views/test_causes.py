"""Findings that belong together are shown together."""

from __future__ import annotations

from dataclasses import replace

from sample_report import make_findings

from stackflight.model.finding import Severity
from stackflight.model.template import Where
from stackflight.views.causes import group_findings, shorten

BLOCKED, ALSO_BLOCKED, WARNING = make_findings()


def _same(text: str) -> str:
    return text


def test_what_one_change_mends_is_one_cause() -> None:
    causes = group_findings([BLOCKED, WARNING, ALSO_BLOCKED], _same)

    assert [(cause.first, cause.alike, cause.others) for cause in causes] == [
        (BLOCKED, (), (ALSO_BLOCKED,)),
        (WARNING, (), ()),
    ]


def test_what_is_said_of_several_resources_is_said_once() -> None:
    other = replace(
        WARNING,
        resources=("Logs",),
        message=WARNING.message.replace(WARNING.resources[0], "Logs"),
        where=Where("shop.yaml", 9),
    )

    assert [(cause.first, cause.alike) for cause in group_findings([WARNING, other], _same)] == [(WARNING, (other,))]


def test_a_remedy_that_names_its_resource_counts_as_the_same() -> None:
    first = replace(WARNING, remedy=f"empty {WARNING.resources[0]} first")
    other = replace(
        WARNING,
        resources=("Logs",),
        message=WARNING.message.replace(WARNING.resources[0], "Logs"),
        remedy="empty Logs first",
    )

    assert len(group_findings([first, other], _same)) == 1


def test_findings_without_remedy_are_joined_by_what_they_say_only() -> None:
    first, other = replace(WARNING, remedy=""), replace(WARNING, remedy="", message="something else")

    assert len(group_findings([first, other], _same)) == 2


def test_blocking_causes_come_first() -> None:
    note = replace(WARNING, severity=Severity.NOTE)

    assert [cause.first.severity for cause in group_findings([note, WARNING, BLOCKED], _same)] == list(Severity)


def test_what_is_said_of_many_is_named_by_what_tells_them_apart() -> None:
    """The place is that of the role that they share: naming it for each of them says nothing."""
    first = replace(WARNING, resources=("Role", "Fn0"), message="Fn0 may not, by Role", where=Where("shop.yaml", 9))
    others = [
        replace(first, resources=("Role", f"Fn{number}"), message=f"Fn{number} may not, by Role")
        for number in range(1, 15)
    ]
    [cause] = group_findings([first, *others], _same)

    assert cause.named(_same) == [f"Fn{number}" for number in range(1, 15)]
    assert shorten(cause.named(_same)).endswith("Fn11, Fn12 and 2 more")
