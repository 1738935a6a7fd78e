"""One `deploy` from its options to its exit code: judge, gate, hold, deploy, and once more where that is worth it."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from stackflight.cli.amounts import read_duration, read_number
from stackflight.cli.aws_place import AwsPlace
from stackflight.cli.files import require_page, write_text
from stackflight.cli.gating import pass_gate
from stackflight.cli.inputs import Inputs, open_inputs
from stackflight.cli.judging import judge, read_rules, resolve
from stackflight.cli.learnt import learn_lengths, read_durations
from stackflight.cli.limits import read_limits, read_usage
from stackflight.cli.live import open_view, show_end, telling_refusal
from stackflight.cli.places import Place, SimulatedPlace, look_out
from stackflight.cli.refreshing import current_sheet
from stackflight.cli.running import templates_key
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Loaded, Targets, version_of
from stackflight.cli.whereabouts import new_run_id, read_where, read_who
from stackflight.errors import StackflightError, StillRunning, WrongUsage
from stackflight.local.parcels import measure_parcel
from stackflight.model.event import StackStatus
from stackflight.model.moment import Began, Ended, Said
from stackflight.model.plan import OnFailure
from stackflight.model.redaction import Redactor
from stackflight.model.report import CheckReport
from stackflight.model.run import FAILED, RUNNING, Holder, Note, Run
from stackflight.model.stack_state import stack_states
from stackflight.operate.deploy import Deployment, Order
from stackflight.operate.holding import await_rest, hold
from stackflight.ports import Clock, Cloud, Ledger, Lock, View

_BREATH_SECONDS = 30.0
"""Before another try; each waits longer."""


class Desk:
    """One command."""

    def __init__(self, asked: Namespace, clock: Clock) -> None:
        self.asked = asked
        self.clock = clock
        self.target, *self.chosen = asked.targets
        self.inputs = open_inputs(asked)
        self.limits, self.usage = read_limits(asked), read_usage(asked)
        self.wait_seconds = read_duration("--wait", asked.wait) if asked.wait else 0.0
        self.at_once = read_number("--concurrency", asked.concurrency, 1) or 1
        self.retries = read_number("--retries", asked.retries, 0) or 0
        self.cloud: Cloud | None = None
        named = [Path(name) for name in (self.target, asked.current) if name]
        require_page(asked.outputs_file, "--outputs-file", [*named, *self.inputs.opened])
        self._require_answer()

    def serve(self) -> int:
        """Everything."""
        from stackflight.cli.deployable import choose_stacks, find_secrets
        from stackflight.local.home import state_folder
        from stackflight.local.ledger import LocalLedger
        from stackflight.local.lock import LocalLock

        with Targets(say, self.clock) as self.opener:
            self._look()
            require_page(self.asked.outputs_file, "--outputs-file", self.opener.opened)
            self.redactor = Redactor(find_secrets(self.loaded, self.inputs))
            self.place = self._place()
            folder, caller = state_folder(), self.place.caller
            self.ledger: Ledger = self.place.ledger(LocalLedger(folder, self.redactor), self.asked.lock_bucket)
            self.lock: Lock = self.place.lock(self.asked.lock_bucket) or LocalLock(
                folder, caller.account, caller.region
            )
            self.roots = choose_stacks(self.report.world, self.chosen)
            return self._finish(self._try_and_try_again())

    def _look(self) -> None:
        """Open the target, judge it and rehearse it."""
        from stackflight.cli.deployable import name_stack
        from stackflight.operate.gate import read_overrides
        from stackflight.operate.limits import add_exceeded
        from stackflight.operate.pricing import price
        from stackflight.operate.rehearse import RehearsalOptions, rehearse

        asked = self.asked
        self.loaded: Loaded = name_stack(self.opener.open(self.target), asked.stack)
        current = version_of(self.opener.open(asked.current), self.loaded) if asked.current else None
        self.inputs.require_declared(self.loaded.sources)
        given = Inputs(self.inputs.parameters, self.inputs.environment, elsewhere=self.inputs.elsewhere)
        self.before = resolve([current], given) if current else None
        self.overrides = read_overrides(asked.override)
        report = judge([self.loaded], self.inputs, read_rules(asked), self.clock)
        parcel = measure_parcel([self.loaded.folder.root] if self.loaded.is_assembly else ())
        options = RehearsalOptions(
            target=report.target,
            current=self.before,
            durations=read_durations(asked),
            learnt=learn_lengths(report.world),
            parcel=parcel,
        )
        self.rehearsal = rehearse(report.world, report.findings, options, report.questions)
        bill = (
            price(report.target, report.world, self.usage, current_sheet()) if self.limits.monthly is not None else None
        )
        self.report: CheckReport = add_exceeded(report, self.limits, bill, self.rehearsal)

    def _try_and_try_again(self) -> Ended:
        """One try, and as many more as are allowed and worth it, each a run of its own."""
        from stackflight.operate.again import find_obstacle

        recover = frozenset(status for status, state in stack_states().items() if state.recover)
        ended = self._try(recover if self.asked.recover else frozenset())
        for number in range(1, self.retries + 1):
            if ended.failure is None or self.cloud is None:
                break
            obstacle = find_obstacle(ended, self.cloud)
            if obstacle:
                say(f"no other try: {obstacle}", "warning")
                break
            show_end(ended, self.asked.format)
            say(f"another try, {number} of {self.retries}: the diagnosis says that it helps, and the stacks are clean")
            say(f"it begins in {_BREATH_SECONDS * number:g} seconds", "quiet")
            self.place.clock.sleep(_BREATH_SECONDS * number)
            ended = self._try(frozenset({StackStatus.ROLLBACK_COMPLETE}), ended.run.id)
        return ended

    def _new_run(self, id: str, again: str) -> Run:
        from stackflight.cli.deployable import hash_templates, summarise

        caller, report, estimate = self.place.caller, self.report, self.rehearsal.estimate
        return Run(
            id=id, target=report.target, stacks=tuple(self.roots), who=read_who(), where=read_where(),
            account=caller.account, region=caller.region, started=self.clock.now(), simulated=caller.simulated,
            template_hash=hash_templates(self.loaded), review=summarise(report),
            overrides=tuple(f"{check}: {reason}" for check, reason in self.overrides.items()),
            p50=estimate.p50, p90=estimate.p90, again_of=again,
        )  # fmt: skip

    def _gate(self, run: Run) -> None:
        pass_gate(self.report, self.overrides, run, self.ledger, self.asked.format)

    def _try(self, recover: frozenset[StackStatus], again: str = "") -> Ended:
        """One run."""
        run = self._new_run(new_run_id(self.clock.now()), again)
        self.place.rename(run.id)
        self._gate(run)
        view = open_view(self.asked.format, self.asked.notify, self.asked.notify_every, self.place.speed)
        holders = [Holder(stack, run.id, run.who, run.where, run.started) for stack in self.roots]

        def look_again() -> None:
            nonlocal run
            with telling_refusal(view, run):
                run = self._look_again(run, view)

        with ExitStack() as held:
            held.enter_context(hold(self.lock, self.ledger, self.clock, view, holders, self.wait_seconds, look_again))
            self.ledger.save(run)
            self._keep_what_is_deployed(run)
            view.show(Began(run, tuple(self._sentences(run))))
            try:
                with telling_refusal(view, run):
                    return self._carry_out(run, view, recover)
            except StackflightError:
                kept = self.ledger.run(run.id)
                if kept is not None and not kept.outcome:
                    self.ledger.save(replace(kept, outcome=FAILED, ended=self.clock.now()))
                raise

    def _look_again(self, run: Run, view: View) -> Run:
        """What was true before the wait may be so no more: judge and gate anew. Raises Blocked or WrongUsage."""
        from stackflight.cli.deployable import choose_stacks

        view.show(Said("reviewing again, since time has passed"))
        self._look()
        if tuple(choose_stacks(self.report.world, self.chosen)) != tuple(self.roots):
            raise WrongUsage("the target holds other stacks than before the wait", hint="start it again")
        again = self._new_run(run.id, run.again_of)
        self._gate(again)
        return again

    def _keep_what_is_deployed(self, run: Run) -> None:
        """The templates, once, and what was found in them."""
        from stackflight.views.json import check_object

        if not self.ledger.notes(templates_key(run)):
            bodies = {stack.name: stack.template.body for stack in self.report.world.stacks}
            self.ledger.note(templates_key(run), Note(run.started, "templates", bodies))
        self.ledger.note(run.id, Note(run.started, "review", check_object(self.report)))

    def _sentences(self, run: Run) -> list[str]:
        from stackflight.local.lock import LocalLock
        from stackflight.views.paper import clock_text, count

        order = "one after another" if self.at_once == 1 else f"{self.at_once} at a time"
        stacks = ", ".join(run.stacks)
        said = [f"stacks: {stacks}" + (f", {order}" if len(run.stacks) > 1 else "")]
        said += [f"another try of {run.again_of}"] if run.again_of else []
        said += self.place.sentences(run)
        said.append(
            f"rehearsed: half of the runs end within {clock_text(run.p50)}, nine of ten within {clock_text(run.p90)}"
        )
        said.append(f"review: {run.review}")
        if run.overrides:
            said.append(f"{count(len(run.overrides), 'override')}: {'; '.join(run.overrides)}")
        said.append(f"lock: {self.lock.reach}")
        shared = self.place.bucket(self.loaded) if isinstance(self.lock, LocalLock) else ""
        if shared:
            said.append(f"other machines are kept out, and find the run, with --lock-bucket {shared}")
        return said

    def _carry_out(self, run: Run, view: View, recover: frozenset[StackStatus]) -> Ended:
        place, lock = self.place, self.lock
        if self.cloud is None or not run.simulated:
            self.cloud = place.open(self.report.world, self.report.findings, view)
        if await_rest(self.roots, self.cloud, self.ledger, self.clock, view, run, self.wait_seconds):
            run = self._look_again(run, view)
        lookout = look_out(place, self.cloud, self.ledger, view, run.region, self.redactor)
        deployment = Deployment(
            self._order(run, view, recover),
            run,
            lookout,
            lambda planned: self._agree(f"deploy {planned.change_set.stack}?"),
            is_ours=lambda stack: lock.is_ours(Holder(stack, run.id, run.who, run.where, run.started)),
            agree=self._agree,
            fence=lock.fence,
        )
        try:
            return deployment.carry_out()
        except KeyboardInterrupt:
            left = deployment.leave()
            if left.run.outcome != RUNNING:  # nothing was begun: no success, and nothing to come back to
                raise
            return left
        except StillRunning as error:
            say_error(error)
            return deployment.leave()

    def _order(self, run: Run, view: View, recover: frozenset[StackStatus]) -> Order:
        """What is to be deployed, once what it needs is published."""
        asked, place = self.asked, self.place
        return Order(
            world=self.report.world,
            roots=self.roots,
            submissions=place.prepare(self.loaded, run.stacks, self.inputs.parameters, run.id, view),
            allow_loss=frozenset(asked.allow_loss),
            on_failure=OnFailure.DO_NOTHING if asked.no_rollback else OnFailure.ROLLBACK,
            protect=place.protected,
            at_once=self.at_once,
            detach=asked.detach,
            plan_only=asked.plan,
            recover=recover,
        )

    def _place(self) -> Place:
        world = self.report.world
        if self.asked.simulate:
            return SimulatedPlace(self.asked, self.inputs.environment.region, self.before, self.clock)
        for flag in ("speed", "fail", "current", "seed"):
            if getattr(self.asked, flag):
                raise WrongUsage(f"--{flag} is for the simulated cloud", hint="add --simulate, or leave it out")
        roots = [stack for stack in world.stacks if stack.parent is None]
        regions = {stack.name: stack.environment.region for stack in roots}
        names = {source.name: source.called for source in self.loaded.sources if source.called}
        place = AwsPlace(self.asked, self.clock, regions, names)
        place.require_account({stack.name: stack.environment.account for stack in roots})
        return place

    def _agree(self, question: str) -> bool:
        """Ask at the terminal; anything but y or yes is a no."""
        if self.asked.yes or self.asked.plan:
            return True
        say(f"{question} [y/N] ", end="")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def _require_answer(self) -> None:
        """Raises WrongUsage where nobody can be asked."""
        if not self.asked.yes and not self.asked.plan and not sys.stdin.isatty():
            raise WrongUsage(
                "there is no terminal to confirm at, so nothing was made",
                hint="add --yes to deploy without a question, or --plan to see what would change",
            )

    def _finish(self, ended: Ended) -> int:
        if self.asked.outputs_file:
            from stackflight.cli.deployable import render_outputs

            write_text("--outputs-file", self.asked.outputs_file, render_outputs(ended))
        run = ended.run
        if run.outcome == RUNNING:
            if run.simulated:
                say("the simulated cloud ends with this process; what was heard until now is kept", "quiet")
            else:
                say(f"cancel: stackflight cancel {run.stacks[0]}")
        return show_end(ended, self.asked.format)
