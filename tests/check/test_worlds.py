"""Every case of tests/worlds: templates that only together are bad are found out, their fixed twins left in peace."""

from __future__ import annotations

import pytest

from stackflight.model.finding import Severity
from worlds import WorldCase, read_worlds

each_case = pytest.mark.parametrize("case", read_worlds(), ids=str)


@each_case
def test_the_bad_templates_are_found_out_on_a_resource_to_blame(case: WorldCase) -> None:
    found = [finding for finding in case.judge("bad").findings if finding.check == case.check]
    assert {(finding.resources[0], finding.severity.value) for finding in found} <= {
        (blamed, case.severity) for blamed in case.blame
    }
    assert found
    assert all(finding.where.line and finding.remedy for finding in found)


@each_case
def test_the_fixed_templates_are_left_in_peace(case: WorldCase) -> None:
    assert not [finding for finding in case.judge("fixed").findings if finding.severity is not Severity.NOTE]
