"""`watch STACK... -- COMMAND`: what the command deploys reviewed, the stacks held, the command run, followed and explained."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from shutil import which

from stackflight.cli.accompanied import find_stacks, find_target, is_hotswap
from stackflight.cli.amounts import read_duration
from stackflight.cli.aws_place import AwsPlace
from stackflight.cli.gating import pass_gate
from stackflight.cli.inputs import Inputs
from stackflight.cli.judging import judge, read_rules
from stackflight.cli.live import open_view, show_end, telling_refusal
from stackflight.cli.places import look_out
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Targets
from stackflight.cli.whereabouts import new_run_id, read_where, read_who
from stackflight.errors import StillRunning, WrongUsage
from stackflight.model.moment import Began, Ended
from stackflight.model.report import CheckReport
from stackflight.model.run import RUNNING, Holder, Run
from stackflight.model.template import Environment, World
from stackflight.ports import Clock, Cloud, Ledger, View


class Company:
    """One command of another tool."""

    def __init__(self, asked: Namespace, clock: Clock) -> None:
        from stackflight.operate.gate import read_overrides

        self.asked = asked
        self.clock = clock
        self.stacks = _choose(tuple(asked.subjects), asked.command)
        self.wait_seconds = read_duration("--wait", asked.wait) if asked.wait else 0.0
        self.overrides = read_overrides(asked.override)
        self.place = AwsPlace(asked, clock)
        self.report: CheckReport | None = None

    def serve(self) -> int:
        """Review, hold, run, follow, explain. Raises Blocked, StackHeld or WrongUsage before the command is run."""
        from stackflight.local.home import state_folder
        from stackflight.local.ledger import LocalLedger
        from stackflight.local.lock import LocalLock
        from stackflight.operate.holding import await_rest, hold

        caller, folder = self.place.caller, state_folder()
        self.ledger: Ledger = self.place.ledger(LocalLedger(folder), self.asked.lock_bucket)
        lock = self.place.lock(self.asked.lock_bucket) or LocalLock(folder, caller.account, caller.region)
        run = self._new_run()
        self._review(run)
        run = self._as_reviewed(run)
        view = open_view(self.asked.format, self.asked.notify, self.asked.notify_every)
        holders = [Holder(stack, run.id, run.who, run.where, run.started) for stack in self.stacks]
        with hold(lock, self.ledger, self.clock, view, holders, self.wait_seconds, lambda: self._review(run)):
            cloud = self.place.open(World(()), (), view, running=True)
            if await_rest(self.stacks, cloud, self.ledger, self.clock, view, run, self.wait_seconds):
                self._review(run)
            self.ledger.save(run)
            view.show(Began(run, tuple(self._sentences(run, lock.reach))))
            with telling_refusal(view, run):
                return self._follow(run, cloud, view)

    def _new_run(self) -> Run:
        caller = self.place.caller
        return Run(
            new_run_id(self.clock.now()), shlex.join(self.asked.command), self.stacks, read_who(), read_where(),
            caller.account, caller.region, self.clock.now(),
            overrides=tuple(f"{check}: {reason}" for check, reason in self.overrides.items()),
        )  # fmt: skip

    def _as_reviewed(self, run: Run) -> Run:
        from stackflight.cli.deployable import summarise

        return replace(run, review=summarise(self.report)) if self.report is not None else run

    def _review(self, run: Run) -> None:
        """Judge what the command deploys, as far as that can be told. Raises Blocked where a finding stops it."""
        if self.asked.review == "none":
            return
        with Targets(say, self.clock) as opener, tempfile.TemporaryDirectory(prefix="stackflight-") as folder:
            target = self.asked.review or find_target(self.asked.command, folder)
            if target is None:
                say("nothing was reviewed, since the command does not tell what it deploys: --review TARGET", "warning")
                return
            loaded = opener.open(target)
            inputs = Inputs({}, Environment(region=self.place.caller.region or None))
            self.report = judge([loaded], inputs, read_rules(self.asked), self.clock)
        pass_gate(self.report, self.overrides, run, self.ledger, self.asked.format)

    def _sentences(self, run: Run, reach: str) -> list[str]:
        said = [f"stacks: {', '.join(run.stacks)}", *self.place.sentences(run)]
        said.append(f"review: {run.review}" if run.review else "review: none")
        said.append(f"lock: {reach}")
        if is_hotswap(self.asked.command):
            said.append(
                "WARNING: a hotswap goes past CloudFormation: what it changes makes no events, and the stack drifts "
                "from its template until it is deployed without it"
            )
        return said

    def _follow(self, run: Run, cloud: Cloud, view: View) -> int:
        from stackflight.operate.accompany import Accompaniment

        world = self.report.world if self.report is not None else World(())
        following = Accompaniment(run, look_out(self.place, cloud, self.ledger, view, run.region), world)
        try:
            ended = following.follow(lambda: _start(self.asked.command))
        except (KeyboardInterrupt, StillRunning) as left:
            if isinstance(left, StillRunning):
                say_error(left)
            ended = Ended(replace(run, outcome=RUNNING), self.clock.now() - run.started)
            self.ledger.save(ended.run)
            view.show(ended)
        return show_end(ended, self.asked.format)


def _choose(given: tuple[str, ...], command: Sequence[str]) -> tuple[str, ...]:
    """The stacks that are followed: those given, else those that the command names. Raises WrongUsage."""
    if which(command[0]) is None:
        raise WrongUsage(f"there is no command {command[0]}", hint="check how it is called")
    named = find_stacks(command)
    missing = [stack for stack in named if given and stack not in given]
    if missing:
        shown = shlex.join([*given, *missing])
        raise WrongUsage(
            f"the command is about {missing[0]}, which is not among the stacks to follow",
            hint=f"name it before the --: stackflight watch {shown} -- {shlex.join(command)}",
        )
    if not given and not named:
        raise WrongUsage(
            "the command does not tell which stacks it changes",
            hint=f"name them before the --: stackflight watch STACK -- {shlex.join(command)}",
        )
    return given or named


def _start(command: Sequence[str]) -> Callable[[], int | None]:
    """Start the command; what it says goes to stderr, since the result alone goes to stdout."""
    try:
        process = subprocess.Popen(command, stdout=2)
    except (OSError, ValueError) as error:
        raise WrongUsage(
            f"the command {command[0]} cannot be started: {error}", hint="check how it is called"
        ) from None
    return process.poll
