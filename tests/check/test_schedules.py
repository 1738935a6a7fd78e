"""The schedules of each property: the form that it takes, and the one that another service has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judging import judge_world
from test_contracts_of_references import put

from stackflight.facts.load import read_table
from stackflight.local.folder import LocalFolder
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

PLACES = [(type, path, row) for type, paths in read_table("schedules")["types"].items() for path, row in paths.items()]


@pytest.mark.parametrize(("type", "path", "row"), PLACES, ids=[type for type, _, _ in PLACES])
def test_a_schedule_has_the_form_that_its_property_takes(type: str, path: str, row: dict[str, list[str]]) -> None:
    def refused(schedule: str) -> bool:
        properties: dict[str, object] = {}
        put(properties, path, schedule)
        text = json.dumps({"Resources": {"Subject": {"Type": type, "Properties": properties}}})
        world = join_stacks([Source("stack", parse_template(text, "a.json"))], {}, LocalFolder(Path("nowhere")))
        return any(item.check == "value-refused" for item in judge_world(world).findings)

    crontab, cron = "30 5 * * 1", "cron(30 5 ? * 2 *)"
    assert (refused(crontab), refused(cron)) == (("unix" not in row["forms"]), ("unix" in row["forms"]))
