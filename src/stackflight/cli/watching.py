"""The verb `watch`: a run or a stack in, what happens to it out, to its end."""

from __future__ import annotations

from argparse import Namespace

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.aws_place import BUCKET, CREDENTIALS, shared_ledger
from stackflight.cli.judging import FORMAT, LEDGER, RULES
from stackflight.cli.live import NOTIFY, STILL_RUNNING, open_view, show_end
from stackflight.cli.places import look_out
from stackflight.cli.running import find_run, templates_key
from stackflight.cli.talk import say, say_error
from stackflight.cli.whereabouts import new_run_id, read_where, read_who
from stackflight.errors import OperationRefused, StillRunning, WrongUsage
from stackflight.model.run import Caller, Run
from stackflight.model.template import World
from stackflight.patterns import compile_later
from stackflight.ports import Clock, Cloud, Ledger, View

_RUN = compile_later(r"r-\d+")


def _watch(asked: Namespace, clock: Clock) -> int:
    """Show a run from its first event on and follow it to its end."""
    from stackflight.local.home import state_folder
    from stackflight.local.ledger import LocalLedger

    if asked.command:
        from stackflight.cli.accompanying import Company

        return Company(asked, clock).serve()
    if not asked.subjects:
        raise WrongUsage("watch needs a STACK or RUN", hint=f"usage: {WATCH.usage}")
    if len(asked.subjects) > 1:
        raise WrongUsage(
            "watch attaches to one stack or run", hint="several go with a command: -- npx cdk deploy --all"
        )
    asked.subject = asked.subjects[0]
    ledger = shared_ledger(LocalLedger(state_folder()), asked, clock)
    view = open_view(asked.format, asked.notify, asked.notify_every)
    run = find_run(ledger, asked.subject) if _RUN.fullmatch(asked.subject) else _newest(ledger, asked)
    try:
        if run is not None and (run.simulated or run.over):
            return _watch_ledger(run, ledger, clock, view, asked)
        return _watch_cloud(run, ledger, clock, view, asked)
    except KeyboardInterrupt:
        say(f"attach again: stackflight watch {asked.subject}")
        return STILL_RUNNING
    except StillRunning as error:
        say_error(error)
        say(f"attach again: stackflight watch {asked.subject}")
        return STILL_RUNNING


def _newest(ledger: Ledger, asked: Namespace) -> Run | None:
    """The newest run of a stack that is still under way, or was simulated; else the cloud is asked."""
    for run in ledger.runs(asked.subject):
        if run.simulated and (asked.profile or asked.region):
            continue
        return run if run.simulated or not run.over else None
    return None


def _watch_ledger(run: Run, ledger: Ledger, clock: Clock, view: View, asked: Namespace) -> int:
    from stackflight.local.home import state_folder
    from stackflight.local.lock import LocalLock
    from stackflight.operate.watch import watch_ledger

    def is_alive(run: Run) -> bool:
        lock = LocalLock(state_folder(), run.account, run.region)
        return any((held := lock.holder(stack)) is not None and held.run == run.id for stack in run.stacks)

    return show_end(watch_ledger(run, ledger, clock, view, is_alive), asked.format)


def _watch_cloud(run: Run | None, ledger: Ledger, clock: Clock, view: View, asked: Namespace) -> int:
    from stackflight.cli.aws_place import AwsPlace
    from stackflight.cli.looking_back import world_of
    from stackflight.operate.watch import Attachment

    asked.region = asked.region or (run.region if run is not None else None)
    place = AwsPlace(asked, clock, {})
    cloud = place.open(World(()), (), view, running=True)
    if run is None:
        run = enter_stack(asked.subject, cloud, place.caller, ledger, clock)
    for stack, arn in run.arns.items():
        place.attach(stack, arn)
    world = world_of(ledger.notes(templates_key(run)), run.region) or World(())
    return show_end(Attachment(run, look_out(place, cloud, ledger, view, run.region), world).follow(), asked.format)


def enter_stack(stack: str, cloud: Cloud, caller: Caller, ledger: Ledger, clock: Clock) -> Run:
    """A run for what somebody else has begun. Raises OperationRefused where there is no such stack."""
    there = cloud.describe(stack)
    if there is None:
        raise OperationRefused(
            f"there is no stack {stack} in {caller.account}, {caller.region}",
            hint="stackflight runs lists the runs of this machine; --region and --profile say where to look",
        )
    run = Run(
        new_run_id(clock.now()), f"stack {stack}", (stack,), read_who(), read_where(), caller.account, caller.region,
        clock.now(), arns={stack: there.stack_id},
    )  # fmt: skip
    ledger.save(run)
    return run


WATCH = Verb(
    "watch",
    "Attach to anything that is under way, show what happened so far, and follow it to its end.",
    "Whoever has begun it, from whichever machine. Ctrl-C leaves, and what runs goes on: exit code 3. With a command behind "
    "-- (npx cdk deploy --all) it reviews what that deploys, locks the stacks, runs the command, follows what it does, and "
    "says what failed first.",
    Option("subjects", "The id of a run (r- and digits), or the name of a stack; with a command the stacks that it changes, "
           "where it does not name them itself (--stack-name).", "STACK|RUN", many=True, optional=True),
    (
        FORMAT,
        Option("--review", "With a command: what it deploys, where its words do not tell (a CDK app, --template-file); none reviews "
               "nothing.", "TARGET"),
        Option("--override", "With a command: run it in spite of a blocking finding; the reason is kept.", "CHECK=REASON",
               many=True),
        Option("--wait", "With a command: how long to wait where another run holds a stack, for example 40m.", "DURATION"),
        BUCKET,
        LEDGER,
        *CREDENTIALS,
        *NOTIFY,
        *RULES,
    ),
    _watch,
    takes_command=True,
)  # fmt: skip
