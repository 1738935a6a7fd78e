"""What check says and what the rehearsal plays are one: over every case of tests/corpus, and over every row of the law."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.facts.load import Row, all_rows
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.estimate import Rehearsal
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.template import Environment, World
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

CASES = sorted((Path(__file__).parents[1] / "corpus").glob("*/bad.yaml"))
ROWS = [row for table in ("refusals", "orders", "role_uses", "senders") for row in all_rows(table)]
UPDATES = all_rows("updates")
RUNS = 10


def world_of(text: str, folder: Path = Path("nowhere"), region: str | None = None) -> World:
    source = Source("stack", parse_template(text, "bad.yaml"), Environment(account=None, region=region))
    return join_stacks([source], {}, LocalFolder(folder))


def resources(row: Row, given: dict[str, Any]) -> str:
    whole = {
        name: one if str(one.get("Type", "")).startswith("AWS::") else {"Type": row["type"], "Properties": one}
        for name, one in given.items()
    }
    return json.dumps({"Resources": whole})


def certain(findings: tuple[Finding, ...], phase: Phase) -> list[Finding]:
    """What fails at once, for sure, while this is done."""
    return [
        item
        for item in findings
        if item.severity is Severity.BLOCKING
        and item.certainty is Certainty.PROVED
        and item.phase is phase
        and item.consequence is Consequence.FAILS
    ]


def agree(findings: tuple[Finding, ...], played: Rehearsal, phase: Phase = Phase.CREATE) -> None:
    """What is certain fails at its phase, on the resource that it strikes, in its words; nothing else does."""
    proved = certain(findings, phase)
    if proved and played.cause is not None and played.cause.finding is None:
        assert not played.events, "CloudFormation refuses the template before it begins"
        return
    if proved:
        cause = played.cause
        assert cause is not None
        assert cause.finding is not None
        assert cause.resource in {address.id for address in cause.finding.struck}
        assert (cause.finding.says or cause.finding.message) in cause.reason or cause.finding not in proved
        operations = {"update", "create"} if phase is Phase.UPDATE else {phase.value}
        assert {span.operation for span in played.spans if span.outcome == "failed"} & operations
    unstable = {Consequence.TIMES_OUT, Consequence.UNSTABLE}
    if played.cause is not None and played.cause.finding is not None:
        assert played.cause.finding in proved or played.cause.finding.consequence in unstable
    blocking = [item for item in findings if item.severity is Severity.BLOCKING]
    told = [*played.also_blocking, *([played.cause.finding] if played.cause and played.cause.finding else [])]
    assert all(item in told for item in blocking)


def races_are_played(findings: tuple[Finding, ...], played: Rehearsal) -> None:
    """Every order warning is run; one that is late by typical times is lost at least once, and the text says how often."""
    warned = [item for item in findings if item.code == "PATH_NOT_READY" and item.severity is Severity.WARNING]
    assert [race.finding for race in played.races] == [item for item in warned if item.phase is Phase.CREATE]
    for race in played.races:
        assert 0 <= race.lost <= race.runs == RUNS
        assert race.lost or "too late" not in race.finding.message or played.cause is not None


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.parent.name)
def test_a_case_fails_in_the_rehearsal_where_check_is_certain(file: Path) -> None:
    world = world_of(file.read_text(encoding="utf-8"), file.parent)
    findings = check_world("bad", world, SystemClock(), 0.0).findings
    played = rehearse(world, findings, RehearsalOptions(runs=RUNS))

    agree(findings, played)
    races_are_played(findings, played)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.parent.name)
def test_what_is_found_in_order_and_asks_nothing_is_created(file: Path) -> None:
    fixed = file.with_name("fixed.yaml")
    world = world_of(fixed.read_text(encoding="utf-8"), file.parent)
    report = check_world("fixed", world, SystemClock(), 0.0)
    if report.blocking or report.questions:
        return
    assert rehearse(world, report.findings, RehearsalOptions(runs=1)).is_good


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_fails_in_the_rehearsal_with_the_words_of_aws(row: Row) -> None:
    world = world_of(resources(row, row["bad"]), region=row.get("region"))
    findings = check_world("bad", world, SystemClock(), 0.0).findings
    played = rehearse(world, findings, RehearsalOptions(runs=RUNS))
    own = [item for item in certain(findings, Phase.CREATE) if item.check == row["id"]]

    agree(findings, played)
    races_are_played(findings, played)
    if own and len(certain(findings, Phase.CREATE)) == len(own) and row.get("text") and played.cause is not None:
        assert row["text"] in played.cause.reason


@pytest.mark.parametrize("row", UPDATES, ids=lambda row: row["id"])
def test_a_refused_update_fails_in_the_rehearsal_of_the_update(row: Row) -> None:
    former = "Former" if "holds" in row else "Subject"
    old, new = (world_of(resources(row, {id: row[side]})) for id, side in ((former, "old"), ("Subject", "new")))
    findings = check_world("new", new, SystemClock(), 0.0, current=old).findings
    played = rehearse(new, findings, RehearsalOptions(runs=1, current=old))

    if certain(findings, Phase.UPDATE):
        agree(findings, played, Phase.UPDATE)
