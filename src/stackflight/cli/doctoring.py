"""The verb `doctor`: whether this machine and this person can do what comes next. Read only."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.aws_place import CREDENTIALS, played_by
from stackflight.cli.judging import BLOCKED, FORMAT, LEDGER, OUTPUT, TARGET
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.cli.writers import deliver
from stackflight.errors import AppFailed, StackflightError, WrongUsage
from stackflight.local.home import keep_state_in
from stackflight.model.checkup import Checkup, Part, Point, State, Wanted
from stackflight.ports import Clock

if TYPE_CHECKING:
    from stackflight.cli.targets import Loaded


def _doctor(asked: Namespace, clock: Clock) -> int:
    """Look, and say what mends what."""
    from stackflight.local.machine import look_at_machine
    from stackflight.operate.checkup import check_machine, check_target

    points = [_settings(asked)]
    wanted = _read_wanted(asked.target, clock) if asked.target else Wanted()
    machine = look_at_machine(cdk=wanted.unmade, docker=bool(wanted.images))
    points = [*check_machine(machine, wanted, asked.live), *points, *check_target(wanted), *_ask(asked, wanted, clock)]
    checkup = Checkup(asked.target, tuple(points))
    deliver(asked.output, lambda: _render(checkup, asked.format))
    return 0 if checkup.fit else BLOCKED


def _settings(asked: Namespace) -> Point:
    """The project's file, whose values hold where the command says nothing."""
    from stackflight.cli.defaults import stand
    from stackflight.cli.project import FILE, find_project

    uses = ("everything here",)
    asked.account_id = None
    try:
        project = find_project(asked)
        values = stand(DOCTOR, asked, project, asked.stage)
    except WrongUsage:
        raise
    except StackflightError as error:
        said = f"{error.place}: {error.message}"
        return Point(Part.MACHINE, FILE, State.WRONG, said, uses, True, error.hint)
    asked.account_id = values.get("account_id")
    if not asked.ledger and values.get("ledger"):
        keep_state_in(values["ledger"])
    asked.region, asked.profile = asked.region or values.get("region"), asked.profile or values.get("profile")
    return Point(Part.MACHINE, FILE, State.OK, project.shown if project else "there is none, and none is needed", uses)


def _read_wanted(text: str, clock: Clock) -> Wanted:
    """What a target asks for. Raises UnreadableInput, WrongUsage."""
    path = Path(text)
    if (path / "cdk.json").is_file() and not any((path / sub / "manifest.json").is_file() for sub in ("", "cdk.out")):
        return Wanted(text, unmade=True)
    app = "" if path.exists() else text.partition(":")[0]
    with Targets(say, clock) as opener:
        try:
            return _of(opener.open(text), text, app)
        except AppFailed as error:
            return Wanted(text, app, trouble=error.message, advice=error.hint)


def _of(loaded: Loaded, text: str, app: str) -> Wanted:
    from stackflight.read.publication import read_publications

    places = {one.name: (one.environment.account, one.environment.region) for one in loaded.sources}
    return Wanted(text, app, publications=read_publications(loaded.folder, loaded.sources), places=places)


def _ask(asked: Namespace, wanted: Wanted, clock: Clock) -> Iterator[Point]:
    """What AWS says, where there is somebody to ask it as."""
    from stackflight.operate.standing import check_standing, no_credentials, unasked

    try:
        from stackflight.aws.gatekeeper import AwsGatekeeper
        from stackflight.aws.session import Session

        session = Session(asked.profile, asked.region)
    except ImportError:
        yield unasked("boto3 is not installed, so AWS is not asked", asked.live)
        return
    except StackflightError as error:
        yield no_credentials(error.message, bool(wanted.target) or asked.live)
        return
    for said in played_by():
        yield Point(Part.ACCOUNT, "endpoint", State.OK, said, ("what asks AWS",))
    yield from check_standing(AwsGatekeeper(session), wanted, asked.account_id, clock, asked.live)


def _render(checkup: Checkup, format: str) -> str:
    if format == "json":
        from stackflight.views import checkup_json

        return checkup_json.render_checkup(checkup)
    from stackflight.views import checkup_text

    return checkup_text.render_checkup(checkup, read_paper())


DOCTOR = Verb(
    "doctor",
    "Say whether this machine and this person can do what comes next, and what mends what cannot be done.",
    "Read only: nothing is installed, made or changed. AWS is asked where there are credentials. With a TARGET, what its deployment "
    "cannot do without has to be there. Exit code 10 where something stands in the way.",
    Option("target", TARGET, "TARGET", optional=True),
    (
        FORMAT,
        OUTPUT,
        Option("--live", "AWS has to answer: that there are no credentials counts as wrong also without a TARGET."),
        *CREDENTIALS[:2],
        LEDGER,
    ),
    _doctor,
    reads_project=True,
)
