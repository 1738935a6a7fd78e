"""The verb `deploy`: a target in, reviewed, confirmed, deployed and followed to its end."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from stackflight.cli.amounts import read_duration, read_number
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.files import write_text
from stackflight.cli.inputs import Inputs, read_inputs
from stackflight.cli.judging import FORMAT, INPUTS, RULES, TARGET, judge, read_rules, resolve
from stackflight.cli.live import NOTIFY, open_view, show_end
from stackflight.cli.places import Place
from stackflight.cli.running import templates_key
from stackflight.cli.screen import read_paper, write_result
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Loaded, Targets
from stackflight.cli.whereabouts import new_run_id, read_where, read_who
from stackflight.errors import Blocked, StackflightError, StillRunning, WrongUsage
from stackflight.model.estimate import Rehearsal
from stackflight.model.moment import Began, Ended, Planned
from stackflight.model.plan import OnFailure
from stackflight.model.redaction import Redactor
from stackflight.model.report import CheckReport
from stackflight.model.run import FAILED, REFUSED, RUNNING, Holder, Note, Run
from stackflight.model.template import World
from stackflight.ports import Clock, Ledger, Lock, View


def _deploy(asked: Namespace, clock: Clock) -> int:
    """Review a target, then deploy what it holds."""
    return _Desk(asked, clock).serve()


class _Desk:
    """One command from its options to its exit code."""

    def __init__(self, asked: Namespace, clock: Clock) -> None:
        self.asked = asked
        self.clock = clock
        self.target, *self.chosen = asked.targets
        self.inputs = read_inputs(asked.param, asked.params, asked.region, asked.account, asked.nested)
        self.wait_seconds = read_duration("--wait", asked.wait) if asked.wait else 0.0
        self.at_once = read_number("--concurrency", asked.concurrency, 1) or 1
        self.id = new_run_id(clock.now())
        self._require_answer()

    def serve(self) -> int:
        """Judge, gate, hold, deploy."""
        from stackflight.cli.deployable import choose_stacks, find_secrets, hash_templates, name_stack, summarise
        from stackflight.local.home import state_folder
        from stackflight.local.ledger import LocalLedger
        from stackflight.local.lock import LocalLock

        asked = self.asked
        with Targets(say, self.clock) as opener:
            loaded = name_stack(opener.open(self.target), asked.stack)
            current = name_stack(opener.open(asked.current), asked.stack) if asked.current else None
            self.inputs.require_declared(loaded.sources)
            self.before = (
                resolve(
                    [current], Inputs(self.inputs.parameters, self.inputs.environment, elsewhere=self.inputs.elsewhere)
                )
                if current
                else None
            )
            report, rehearsal = self._review(loaded)
            self.redactor = Redactor(find_secrets(loaded, self.inputs))
            self.place = self._place(report.world, loaded)
            folder, caller = state_folder(), self.place.caller
            ledger = LocalLedger(folder, self.redactor)
            lock = self.place.lock(asked.lock_bucket) or LocalLock(folder, caller.account, caller.region)
            roots = choose_stacks(report.world, self.chosen)
            self.loaded = loaded
            run = Run(
                id=self.id, target=report.target, stacks=tuple(roots), who=read_who(),
                where=read_where(), account=caller.account, region=caller.region, started=self.clock.now(),
                simulated=caller.simulated, template_hash=hash_templates(loaded), review=summarise(report),
                overrides=tuple(f"{check}: {reason}" for check, reason in self.overrides.items()),
                p50=rehearsal.estimate.p50, p90=rehearsal.estimate.p90,
            )  # fmt: skip
            self._gate(report, run, ledger)
            return self._hold_and_deploy(report, run, roots, ledger, lock)

    def _review(self, loaded: Loaded) -> tuple[CheckReport, Rehearsal]:
        from stackflight.check.registry import CHECKS
        from stackflight.operate.gate import read_overrides
        from stackflight.operate.rehearse import RehearsalOptions, rehearse

        self.overrides = read_overrides(self.asked.override, [check.id for check in CHECKS])
        report = judge([loaded], self.inputs, read_rules(self.asked), self.clock)
        options = RehearsalOptions(target=report.target, current=self.before)
        return report, rehearse(report.world, report.findings, options, report.questions)

    def _gate(self, report: CheckReport, run: Run, ledger: Ledger) -> None:
        """Raises Blocked where a finding stops it; the refused run is kept too."""
        from stackflight.operate.gate import find_blockers
        from stackflight.views import json, terminal

        blockers = find_blockers(report.findings, self.overrides)
        if not blockers:
            return
        ledger.save(replace(run, outcome=REFUSED, ended=run.started))
        findings = [{"check": one.check, "message": one.message} for one in blockers]
        ledger.note(run.id, Note(run.started, "refusal", {"findings": findings}))
        text = json.render_check(report) if self.asked.format == "json" else terminal.render_check(report, read_paper())
        write_result(text)
        checks = " ".join(f"--override {check}=REASON" for check in dict.fromkeys(one.check for one in blockers))
        raise Blocked(
            f"nothing was made: {len(blockers)} blocking finding{'s' if len(blockers) > 1 else ''}",
            hint=f"mend what is named above, or take responsibility: {checks}",
        )

    def _hold_and_deploy(
        self, report: CheckReport, run: Run, roots: dict[str, set[str]], ledger: Ledger, lock: Lock
    ) -> int:
        from stackflight.operate.holding import hold

        view = open_view(self.asked.format, self.asked.notify, self.asked.notify_every, self.place.speed)
        holders = [Holder(stack, run.id, run.who, run.where, run.started) for stack in roots]
        with ExitStack() as held:
            held.enter_context(hold(lock, ledger, self.clock, view, holders, self.wait_seconds))
            ledger.save(run)
            self._keep_what_is_deployed(report, run, ledger)
            view.show(Began(run, tuple(self._sentences(run, lock))))
            try:
                ended = self._carry_out(report, run, roots, ledger, view, lock)
            except StackflightError:
                kept = ledger.run(run.id)
                if kept is not None and not kept.outcome:
                    ledger.save(replace(kept, outcome=FAILED, ended=self.clock.now()))
                raise
        return self._finish(ended)

    def _keep_what_is_deployed(self, report: CheckReport, run: Run, ledger: Ledger) -> None:
        """The templates, once, and what was found in them."""
        from stackflight.views.json import check_object

        if not ledger.notes(templates_key(run)):
            texts = {stack.name: stack.template.text for stack in report.world.stacks}
            ledger.note(templates_key(run), Note(run.started, "templates", texts))
        ledger.note(run.id, Note(run.started, "review", check_object(report)))

    def _sentences(self, run: Run, lock: Lock) -> list[str]:
        from stackflight.views.paper import clock_text, count

        order = "one after another" if self.at_once == 1 else f"{self.at_once} at a time"
        stacks = ", ".join(run.stacks)
        said = [f"stacks: {stacks}" + (f", {order}" if len(run.stacks) > 1 else "")]
        said += self.place.sentences(run)
        said.append(
            f"rehearsed: half of the runs end within {clock_text(run.p50)}, nine of ten within {clock_text(run.p90)}"
        )
        said.append(f"review: {run.review}")
        if run.overrides:
            said.append(f"{count(len(run.overrides), 'override')}: {'; '.join(run.overrides)}")
        said.append(f"lock: {lock.reach}")
        return said

    def _carry_out(
        self, report: CheckReport, run: Run, roots: dict[str, set[str]], ledger: Ledger, view: View, lock: Lock
    ) -> Ended:
        from stackflight.operate.deploy import Deployment, Order
        from stackflight.operate.eta import usual_from_table
        from stackflight.operate.learning import learn_durations

        asked, place = self.asked, self.place
        cloud = place.open(report.world, report.findings, view)
        submissions = place.prepare(self.loaded, run.stacks, self.inputs.parameters, run.id, view)
        order = Order(
            world=report.world,
            roots=roots,
            submissions=submissions,
            allow_loss=frozenset(asked.allow_loss),
            on_failure=OnFailure.DO_NOTHING if asked.no_rollback else OnFailure.ROLLBACK,
            protect=place.protected,
            at_once=self.at_once,
            detach=asked.detach,
            plan_only=asked.plan,
        )
        deployment = Deployment(
            order,
            run,
            cloud,
            place.clock,
            ledger,
            view,
            self._confirm(),
            usual_from_table(learn_durations(ledger, run.region)),
            place.luck,
            self.redactor,
            verify=place.differences,
            is_ours=lambda stack: lock.is_ours(Holder(stack, run.id, run.who, run.where, run.started)),
        )
        deployment.witnesses = place.witnesses(report.world, lambda: deployment.journal.events)
        try:
            return deployment.carry_out()
        except KeyboardInterrupt:
            return deployment.leave()
        except StillRunning as error:
            say_error(error)
            return deployment.leave()

    def _place(self, world: World, loaded: Loaded) -> Place:
        from stackflight.cli.places import AwsPlace, SimulatedPlace

        if self.asked.simulate:
            return SimulatedPlace(self.asked, self.inputs.environment.region, self.before, self.clock)
        for flag in ("speed", "fail", "current", "seed"):
            if getattr(self.asked, flag):
                raise WrongUsage(f"--{flag} is for the simulated cloud", hint="add --simulate, or leave it out")
        roots = [stack for stack in world.stacks if stack.parent is None]
        regions = {stack.name: stack.environment.region for stack in roots}
        names = {source.name: source.called for source in loaded.sources if source.called}
        place = AwsPlace(self.asked, self.clock, regions, names, self.id)
        place.require_account({stack.name: stack.environment.account for stack in roots})
        return place

    def _confirm(self) -> Callable[[Planned], bool]:
        if self.asked.yes or self.asked.plan:
            return lambda _: True
        return _ask

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
                say("the simulated cloud ends with this process", "quiet")
            say(f"cancel: stackflight cancel {run.stacks[0]}")
        return show_end(ended, self.asked.format)


def _ask(planned: Planned) -> bool:
    """Ask at the terminal; anything but y or yes is a no."""
    say(f"deploy {planned.change_set.stack}? [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


DEPLOY = Verb(
    "deploy",
    "Review, confirm, deploy and follow to the end; say what failed first and why.",
    "A change set is made for each stack, shown and confirmed; every event is in the ledger before it is shown. Exit "
    "code 1 where the deployment fails, 2 where another one holds the stack, 3 where it goes on without you (Ctrl-C), 10 "
    "where a finding or a loss of data stops it.",
    Option("targets", TARGET + " Behind it the stacks to deploy, with what they depend on; all unless given.",
           "TARGET [STACK]", many=True),
    (
        FORMAT,
        *INPUTS,
        Option("--simulate", "Deploy to the simulated cloud: a whole life, and nothing real is touched."),
        Option("--speed", "How many times as fast the simulated cloud is; 1 unless given.", "NUMBER"),
        Option("--fail", "Let a resource of the simulated cloud fail, with this text, so many seconds after it began.",
               "RESOURCE[=TEXT][@SECONDS]", many=True),
        Option("--current", "What the simulated cloud holds already: its stacks are updated instead of created.", "TARGET"),
        Option("--seed", "Begin with other luck; the same seed plays the same.", "NUMBER"),
        Option("--profile", "Whose credentials are used; those of the environment unless given.", "NAME"),
        Option("--patience", "How long a pause may last where credentials have ended or the network is gone; 1h unless "
               "given.", "DURATION"),
        Option("--yes", "Ask nothing. Without a terminal nothing is deployed without it."),
        Option("--plan", "Make, show and remove the change sets; nothing is deployed."),
        Option("--override", "Deploy in spite of a blocking finding; the reason is kept.", "CHECK=REASON", many=True),
        Option("--allow-loss", "A resource whose data may be lost by being replaced or deleted.", "ID", many=True),
        Option("--stack", "The name of a plain template's stack; that of its file unless given.", "NAME"),
        Option("--concurrency", "How many stacks may be deployed at a time; 1 unless given.", "NUMBER"),
        Option("--lock-bucket", "A bucket in which everybody who deploys locks the stacks, also from other machines; "
               "STACKFLIGHT_LOCK_BUCKET unless given.", "BUCKET"),
        Option("--wait", "How long to wait where another run holds the stack, for example 40m.", "DURATION"),
        Option("--no-rollback", "Keep what a failed deployment has made, for a look at it."),
        Option("--detach", "Leave once the first stack is begun; the run id is printed."),
        Option("--outputs-file", "Write the outputs of the stacks as JSON.", "FILE"),
        *NOTIFY,
        *RULES,
    ),
    _deploy,
)  # fmt: skip
