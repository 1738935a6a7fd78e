"""What stops a stack from being deleted: check and rehearsal read it from one table."""

from __future__ import annotations

import pytest
from judging import found

from stackflight.facts.load import read_table

PROTECTED = read_table("protected")["types"]


@pytest.mark.parametrize("type", PROTECTED)
def test_every_protection_that_the_rehearsal_knows_is_said_by_the_check(type: str) -> None:
    key, value = PROTECTED[type]

    on, off = (
        found(f"Kept: {{Type: '{type}', Properties: {{{key}: {given}}}}}", "protected-from-deletion")
        for given in (value.upper() if value == "active" else value, "INACTIVE" if value == "active" else "false")
    )

    assert [item.severity for item in on] == ["note"]
    assert key in on[0].remedy
    assert off == []


def test_a_protection_that_an_input_decides_is_not_said() -> None:
    head = "Parameters: {Keep: {Type: String}}"

    logs = "Kept: {Type: 'AWS::Logs::LogGroup', Properties: {DeletionProtectionEnabled: !Ref Keep}}"

    assert found(logs, "protected-from-deletion", head) == []
