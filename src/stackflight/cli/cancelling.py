"""The verb `cancel`: what runs on a stack is broken off, where CloudFormation allows it, and followed to its end."""

from __future__ import annotations

import sys
from argparse import Namespace

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.aws_place import CREDENTIALS
from stackflight.cli.judging import FORMAT, LEDGER
from stackflight.cli.live import STILL_RUNNING, open_view, show_end
from stackflight.cli.places import look_out
from stackflight.cli.talk import say, say_error
from stackflight.cli.watching import enter_stack
from stackflight.errors import OperationRefused, StillRunning, WrongUsage
from stackflight.model.event import StackStatus
from stackflight.model.plan import CancelUpdate, DeleteStack
from stackflight.model.template import World
from stackflight.ports import Clock, Ledger

_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"})


def _cancel(asked: Namespace, clock: Clock) -> int:
    """Break off what runs."""
    from stackflight.cli.aws_place import AwsPlace
    from stackflight.local.home import state_folder
    from stackflight.local.ledger import LocalLedger
    from stackflight.operate.watch import Attachment

    stack = asked.stack
    ledger = LocalLedger(state_folder())
    _refuse_simulated(ledger, stack, bool(asked.profile or asked.region))
    if not asked.yes and not sys.stdin.isatty():
        raise WrongUsage("there is no terminal to confirm at, so nothing was done", hint="add --yes to cancel it")
    view = open_view(asked.format)
    place = AwsPlace(asked, clock, {})
    cloud = place.open(World(()), (), view)
    status = cloud.status(stack)
    if status is None or not status.in_progress:
        say(f"nothing runs on {stack}: " + ("there is no such stack" if status is None else f"it is {status}"))
        return 0
    operation = _operation(stack, status)
    what = (
        "the update, which is then rolled back"
        if isinstance(operation, CancelUpdate)
        else "the creation, by deleting it"
    )
    if not asked.yes and not _agreed(f"cancel {what}? [y/N] "):
        say("nothing done")
        return 0
    cloud.start(operation)
    run = enter_stack(stack, cloud, place.caller, ledger, clock)
    following = place.open(World(()), (), view, running=True)
    for name, arn in run.arns.items():
        place.attach(name, arn)
    try:
        ended = Attachment(run, look_out(place, following, ledger, view, run.region)).follow()
    except (KeyboardInterrupt, StillRunning) as left:
        if isinstance(left, StillRunning):
            say_error(left)
        say(f"attach again: stackflight watch {run.id}")
        return STILL_RUNNING
    return show_end(ended, asked.format, _BACK)


def _operation(stack: str, status: StackStatus) -> CancelUpdate | DeleteStack:
    """Raises OperationRefused where CloudFormation offers nothing."""
    if status is StackStatus.UPDATE_IN_PROGRESS:
        return CancelUpdate(stack)
    if status is StackStatus.CREATE_IN_PROGRESS:
        return DeleteStack(stack)
    raise OperationRefused(
        f"{stack} is {status}, and CloudFormation lets nobody cancel that",
        hint=f"follow it to its end: stackflight watch {stack}",
    )


def _refuse_simulated(ledger: Ledger, stack: str, in_aws: bool) -> None:
    """Raises WrongUsage for a run of AWS, OperationRefused for a simulated one and where a stack's newest was; `in_aws`
    says that the command itself names a place there."""
    named = ledger.run(stack)
    if named is not None and not named.simulated:
        hint = " or ".join(f"stackflight cancel {one}" for one in named.stacks)
        raise WrongUsage(f"{stack} is a run, and cancel takes the name of a stack", hint=hint)
    run = named or next(iter(ledger.runs(stack)), None)
    if run is None or not run.simulated or (run.over and named is None and in_aws):
        return
    if run.over:
        raise OperationRefused(
            f"{run.id} was simulated, and it is over: {run.outcome}",
            hint="nothing of it is left to cancel; a stack in AWS is found with --region",
        )
    raise OperationRefused(
        f"{run.id} is simulated: its cloud lives in {run.where}", hint="end that process: Ctrl-C in it"
    )


def _agreed(question: str) -> bool:
    say(question, end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


CANCEL = Verb(
    "cancel",
    "Break off what runs on a stack, where CloudFormation allows it, and follow the way back.",
    "An update is cancelled and rolled back; a creation can only be deleted. Whatever else runs has to end by itself.",
    Option("stack", "The name of the stack.", "STACK"),
    (FORMAT, Option("--yes", "Ask nothing."), LEDGER, *CREDENTIALS),
    _cancel,
)
