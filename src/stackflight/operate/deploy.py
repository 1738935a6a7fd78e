"""World + what was asked for -> a deployment: change sets, the gate of data, confirmation, and every event to the end.

It speaks to ports alone, so that the same code deploys to AWS and to the simulated cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace

from stackflight.errors import Blocked, NothingToDo, OperationRefused, StackHeld
from stackflight.model.deployed import Deployed
from stackflight.model.event import StackStatus
from stackflight.model.moment import Ended, Planned, Said, Unchanged
from stackflight.model.plan import CreateChangeSet, ExecuteChangeSet, OnFailure
from stackflight.model.run import DECLINED, FAILED, NO_CHANGES, PLANNED, REVERTED, RUNNING, Note, Run
from stackflight.model.submission import Submission
from stackflight.model.template import World
from stackflight.operate.admission import refuse_losses, refuse_status
from stackflight.operate.change_sets import make_change_set, take_back
from stackflight.operate.diagnose import diagnosis_facts
from stackflight.operate.follow import GOOD, Course, follow
from stackflight.operate.journal import Journal
from stackflight.operate.lookout import Lookout
from stackflight.operate.recover import carry_out_recovery, plan_recovery
from stackflight.operate.submissions import settle_submission
from stackflight.plan.loss import ends_something, find_losses
from stackflight.plan.widening import find_widenings
from stackflight.ports import Cloud


@dataclass(frozen=True)
class Order:
    """What is to be deployed. `roots` are the stacks in order, each with those of them that must be over before.

    `allow_loss` names resources whose data may be lost, as ID or STACK/ID; `at_once` is how many stacks may run at a
    time; `detach` leaves once the first stack is begun; `plan_only` takes back whatever was made; `recover` are the statuses
    that a stack is first brought out of.
    """

    world: World
    roots: Mapping[str, Set[str]]
    submissions: Mapping[str, Submission] = field(default_factory=dict)
    allow_loss: frozenset[str] = frozenset()
    on_failure: OnFailure = OnFailure.ROLLBACK
    protect: Set[str] = frozenset()
    at_once: int = 1
    detach: bool = False
    plan_only: bool = False
    recover: frozenset[StackStatus] = frozenset()


Confirm = Callable[[Planned], bool]
"""Asks whether a change set is to be carried out."""


class _Declined(Exception):
    """Somebody said no."""


class _Left(Exception):
    """It was begun, and nobody is to wait for it."""


@dataclass
class Deployment:
    """One run of an order."""

    order: Order
    run: Run
    lookout: Lookout
    confirm: Confirm
    is_ours: Callable[[str], bool] = lambda _: True
    agree: Callable[[str], bool] = lambda _: True
    fence: Callable[[str], int] = lambda _: 0

    def __post_init__(self) -> None:
        self.cloud, self.clock = self.lookout.cloud, self.lookout.clock
        self.ledger, self.view = self.lookout.ledger, self.lookout.view
        self.journal = Journal(self.run, self.lookout, self.order.world, self.order.roots)
        self._began = self.clock.now()
        self._did_something = False

    def carry_out(self) -> Ended:
        """Deploy, and tell how it ended. Raises Blocked, StackHeld or OperationRefused before anything is begun."""
        order, journal = self.order, self.journal
        try:
            for stack in order.submissions if len(order.roots) > 1 else ():
                self._settle(stack, self.cloud.describe(stack))
            for stack in order.roots if order.recover and not order.plan_only else ():
                self._recover(stack)
            course = follow(
                self.cloud, self.clock, order.roots, self._begin, journal.rhythm, journal.hear, order.at_once
            )
        except _Declined:
            return self._close(DECLINED if not self._did_something else FAILED)
        except _Left:
            return self._close(RUNNING)
        except (Blocked, OperationRefused, StackHeld) as error:
            self._save(FAILED, error.message)
            raise
        journal.miss(course.unheard)
        return self._close(self._outcome(course), course)

    def leave(self) -> Ended:
        """Nobody looks on any more; what runs goes on, and where nothing does, nothing was done."""
        return self._close(RUNNING if self._did_something else DECLINED)

    def _outcome(self, course: Course) -> str:
        if self.order.plan_only:
            return PLANNED
        return course.outcome if self._did_something or course.broken else NO_CHANGES

    def _recover(self, stack: str) -> None:
        """Bring a stack to where it takes a deployment, if it is not there and may be brought."""
        planned = plan_recovery(self.cloud, stack)
        if planned is None or planned.status not in self.order.recover:
            return
        self.view.show(Said(planned.sentence, "warning"))
        refuse_losses(planned.losses, self.order.allow_loss)
        if not self.agree(planned.question):
            raise _Declined
        self._remember(self.cloud, stack)
        body = {"stack": stack, "status": planned.status, "deed": planned.deed, "kept": list(planned.kept)}
        self.ledger.note(self.run.id, Note(self.clock.now(), "recovery", body))
        token = self._token(stack, "recover")
        carry_out_recovery(planned, self.cloud, self.clock, self.journal.rhythm, self.journal.hear, token)

    def _begin(self, cloud: Cloud, stack: str) -> bool:
        """Make the change set of one stack, show it, ask, and carry it out."""
        order, name = self.order, self.run.id
        there = cloud.describe(stack)
        before = there.status if there is not None else None
        refuse_status(stack, before, order.on_failure)
        submission = self._settle(stack, there)
        try:
            made = make_change_set(
                cloud, self.clock, CreateChangeSet(stack, name, order.world, submission, self._token(stack, "plan"))
            )
        except NothingToDo:
            refuse_status(stack, before, OnFailure.ROLLBACK)  # what a failure has left is not as it is wanted
            self.journal.eta.leave(stack)
            self.view.show(Unchanged(stack))
            return False
        new = before in {None, StackStatus.REVIEW_IN_PROGRESS}
        self._remember(cloud, stack)
        losses = find_losses(made, cloud.owned(stack) if ends_something(made) else ())
        planned = Planned(made, losses, before, find_widenings(made))
        self.journal.eta.plan(stack, made.changes)
        self.view.show(planned)
        self._save_change_set(stack, planned)
        if order.plan_only:
            take_back(cloud, self.clock, stack, name, before is None)
            return False
        try:
            refuse_losses(planned.losses, order.allow_loss)
            if not self.confirm(planned):
                raise _Declined
            if not self.is_ours(stack):
                raise StackHeld(
                    f"{stack} was taken over by another run while this one was silent",
                    hint=f"see who has it: stackflight watch {stack}",
                )
        except (Blocked, StackHeld, _Declined, KeyboardInterrupt):
            take_back(cloud, self.clock, stack, name, before is None)
            raise
        protect = stack in order.protect
        self._did_something = True
        cloud.start(
            ExecuteChangeSet(stack, name, order.on_failure, None, new and protect, token=self._token(stack, "deploy"))
        )
        if order.detach:
            raise _Left
        return True

    def _settle(self, stack: str, there: Deployed | None) -> Submission:
        """What is sent for a stack that is there or not. Raises OperationRefused where a value lacks."""
        if stack not in self.order.submissions:
            return Submission()
        declared = self.order.world.stack(stack).template.section("Parameters")
        defaults = [name for name, one in declared.items() if isinstance(one, dict) and "Default" in one]
        return settle_submission(self.order.submissions[stack], defaults, there, stack)

    def _token(self, stack: str, deed: str) -> str:
        """The same for the same run, stack and deed: CloudFormation takes a repeated request as the same one.

        Where a lock is shared, it carries the number under which it was taken.
        """
        fence = self.fence(stack)
        counted = f"-f{fence}" if fence else ""
        return f"{self.run.id}{counted}-{deed}-{stack.replace('/', '-')}"[:128]

    def _verified(self, course: Course, outcome: str) -> str:
        """The outcome, unless what runs is not what was deployed although the stack is green."""
        green = [self.run.arns.get(stack, stack) for stack, status in course.over.items()
                 if status in GOOD and stack not in course.idle]  # fmt: skip
        return outcome if self.journal.testimony.verify(green) else REVERTED

    def _save_change_set(self, stack: str, planned: Planned) -> None:
        self.run = replace(self.run, change_sets={**self.run.change_sets, stack: planned.change_set.name})
        self.ledger.save(self.run)
        body = {
            "stack": stack,
            "changes": [
                {"resource": one.resource, "type": one.type, "action": one.action, "replacement": one.replacement,
                 "properties": list(one.properties), "policy": one.policy}
                for one in planned.change_set.changes
            ],
            "losses": [{"resource": one.resource, "how": one.how} for one in planned.losses],
            "widened": [{"resource": one.resource, "text": one.text} for one in planned.widened],
        }  # fmt: skip
        self.ledger.note(self.run.id, Note(self.clock.now(), "change-set", body))

    def _remember(self, cloud: Cloud, stack: str) -> None:
        """The ARN, by which anybody finds the same stack again."""
        there = cloud.describe(stack)
        if there is not None and there.stack_id:
            self.run = replace(self.run, arns={**self.run.arns, stack: there.stack_id})
            self.ledger.save(self.run)

    def _save(self, outcome: str, why: str = "") -> None:
        ended = None if outcome == RUNNING else self.run.started + (self.clock.now() - self._began)
        self.run = replace(self.run, outcome=outcome, ended=ended)
        self.ledger.save(self.run)
        if why:
            self.ledger.note(self.run.id, Note(self.clock.now(), "refusal", {"reason": why}))

    def _close(self, outcome: str, course: Course | None = None) -> Ended:
        outputs: dict[str, Mapping[str, str]] = {}
        if course is not None and not self.order.plan_only:
            for name, status in course.over.items():
                found = self.cloud.describe(name) if status in GOOD else None
                if found is not None and found.outputs:
                    outputs[name] = self.lookout.redactor.data(found.outputs)
            outcome = self._verified(course, outcome)
        self._save(outcome)
        left = course.left if course is not None else ()
        diagnosis = self.journal.conclude()
        if diagnosis is not None:
            self.ledger.note(self.run.id, Note(self.clock.now(), "diagnosis", diagnosis_facts(diagnosis)))
        ended = Ended(self.run, self.clock.now() - self._began, outputs, self.journal.failure, diagnosis, left)
        self.view.show(ended)
        return ended
