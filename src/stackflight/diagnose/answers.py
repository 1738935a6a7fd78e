"""What was found -> the words of the diagnosis, for each kind of outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stackflight.diagnose.advice import advise
from stackflight.diagnose.cascades import Kind, child_of, kind_of, listed_in
from stackflight.diagnose.catalogue import Catalogue
from stackflight.diagnose.denial import explain_denial, read_denial
from stackflight.diagnose.match import Match
from stackflight.diagnose.messages import Told
from stackflight.diagnose.showing import failure_of
from stackflight.diagnose.trace import Trace
from stackflight.diagnose.weigh import Weighed
from stackflight.diagnose.wording import account_in, capabilities_in, fill, fill_all, region_in, stack_in
from stackflight.model.diagnosis import Confidence, Diagnosis, Failure, Outcome, Retry
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.history import History
from stackflight.records import dataclass

_TIMELINE = 400
_MESSAGES = 200
_NEEDED_UNNAMED = {"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission", "AWS::EC2::VPCGatewayAttachment",
                   "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::EC2::Route", "AWS::SQS::QueuePolicy",
                   "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """Makes diagnoses of one history."""

    catalogue: Catalogue
    history: History
    source: str

    def of_root(self, found: Trace, root: Failure, weighed: Weighed) -> Diagnosis:
        """A resource failed by itself, with a reason."""
        base = self.base(found, Outcome.FAILED)
        name = f"{root.resource} ({root.type})" if root.type else root.resource
        said = Evidence(EvidenceKind.EVENT, root.reason, root.resource)
        if weighed.match is None:
            return replace(
                base,
                root=root,
                explanation=f"{name} failed, and its text is not in the catalogue: it says what is wrong itself.",
                retry=Retry.SOMETIMES,
                retry_why="the text is not known",
                evidence=(said, *weighed.evidence),
                remedies=("Read the reason as it stands; it comes from the service, not from CloudFormation.",),
            )
        return self._with_cause(
            replace(base, root=root, evidence=(said, *weighed.evidence)), weighed.match, weighed, root
        )

    def of_message(self, told: Told, found: Trace | None) -> Diagnosis:
        """A text without events of its own, or with events that are silent."""
        base = self.base(found, Outcome.FAILED)
        silent = found.failures[0] if found and found.failures else None
        names = _named(self.history, found)
        listed = names[0] if names else ""
        root = failure_of(silent, self.history) if silent else Failure(listed or told.resource, told.type, "", "")
        root = replace(root, reason=told.text[:4000], type=root.type or told.type, stack=root.stack or base.stack)
        base = replace(base, root=root, evidence=(Evidence(EvidenceKind.MESSAGE, told.text[:4000]),))
        if len(names) > 1:
            said = f"{', '.join(names[:8])} failed; which of them first, or for which of them this is the reason, is not in this text."
            base = replace(base, notes=(*base.notes, said))
        if not told.matches:
            return replace(
                base,
                outcome=Outcome.FAILED if root.resource else Outcome.CANNOT_TELL,
                root=root if root.resource else None,
                explanation="This text is not in the catalogue.",
                missing=self.where(base.stack),
            )
        match = told.matches[0]
        if match.cause.family == "none":
            return replace(
                base,
                root=None,
                outcome=Outcome.HEALTHY,
                explanation=fill(match.cause.happens, self._values(root, match)),
                evidence=base.evidence,
                retry=match.cause.retry,
            )
        if match.cause.id == "cause-not-in-text":
            return replace(
                base, root=root if root.resource else None, outcome=Outcome.CANNOT_TELL,
                explanation=fill(match.cause.happens, self._values(root, match)), missing=self.where(base.stack), retry=Retry.SOMETIMES,
            )  # fmt: skip
        weighed = Weighed(
            match,
            match.confidence,
            tuple(
                other.cause
                for other in told.matches[1:3]
                if other.rank == match.rank and other.cause.family != match.cause.family
            ),
        )
        return self._with_cause(base, match, weighed, root)

    def of_unseen(self, found: Trace) -> Diagnosis:
        """Something failed, and its reason stands elsewhere."""
        base = self.base(found, Outcome.FAILED)
        names = found.unseen or tuple(event.resource for event in found.failures)
        children = tuple(arn for event in found.embedded if (arn := child_of(event)))
        inner = tuple(dict.fromkeys(name for event in found.embedded for name in listed_in(event.reason)))
        names = inner or names or tuple(event.resource for event in found.embedded)
        event = next(
            (
                one
                for one in (*found.failures, *found.embedded)
                if one.resource == names[0] or names[0] in listed_in(one.reason)
            ),
            None,
        )
        single = len(set(names)) == 1 or bool(inner) or bool(found.failures)
        shown = failure_of(event, self.history) if event else Failure(names[0], "", "", "", found.span.stack)
        # Of several inside a nested stack none is known to be the first, and of the stack that it failed.
        several = len(set(inner)) > 1 and shown.resource not in names
        named = replace(shown, resource=names[0], type=shown.type if shown.resource == names[0] else "")
        root = (shown if several else named) if single else None
        where = (
            "in a nested stack, and its own event is not in this text"
            if inner or children
            else "and its own event is not in this text"
        )
        listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        return replace(
            base,
            outcome=Outcome.FAILED if single else Outcome.CANNOT_TELL,
            root=root,
            explanation=f"{listed} failed {where}: the cause is not in this text.",
            missing=(
                *(f"aws cloudformation describe-stack-events --stack-name {arn}" for arn in dict.fromkeys(children)),
                *self.where(base.stack),
            )[:6],
            retry=Retry.SOMETIMES,
            retry_why="the cause is not known",
        )

    def _with_cause(self, base: Diagnosis, match: Match, weighed: Weighed, root: Failure) -> Diagnosis:
        cause, values = match.cause, self._values(root, match)
        denial = None
        if cause.family == "permission":
            texts = (root.reason, *(one.text for one in weighed.evidence))
            denial = next((found for text in texts if (found := read_denial(text)) is not None), None)
        if denial is not None:
            values = {**values, "call": denial.action.partition(":")[2], "role": denial.principal}
        happens = fill(cause.happens, values)
        remedies = fill_all(cause.remedies, values)
        if denial is not None:
            happens = f"{explain_denial(denial)} {happens}"
            if denial.statement:
                remedies = (f"The smallest statement that allows it: {denial.statement}", *remedies)
        return replace(
            base,
            root=replace(root, cause=cause.id),
            cause=cause,
            confidence=weighed.confidence,
            explanation=happens,
            remedies=remedies,
            verify=fill_all(cause.verify, values),
            retry=cause.retry,
            retry_why=cause.retry_why,
            alternatives=weighed.alternatives,
            denial=denial,
            missing=self.where(base.stack) if weighed.confidence is Confidence.LOW else (),
        )

    def base(self, found: Trace | None, outcome: Outcome) -> Diagnosis:
        """What every answer begins with."""
        if found is None:
            return Diagnosis(self.source, outcome, "", stack=self._told(), notes=self._notes())
        return Diagnosis(
            self.source,
            outcome,
            "",
            later=tuple(failure_of(event, self.history) for event in found.later[:20]),
            cascade=found.cascade,
            stack=found.span.stack,
            status=found.span.status,
            timeline=found.span.events[:_TIMELINE],
            notes=(*self._notes(), *prerequisites(found)),
            advice=advise(found),
        )

    def _notes(self) -> tuple[str, ...]:
        return (f"{self.history.unread} lines were not understood",) if self.history.unread else ()

    def _values(self, root: Failure, match: Match) -> Mapping[str, str]:
        arn = next(iter(self.history.stack_ids.values()), "")
        texts = (root.reason, arn, *self.history.messages[:20])
        return {
            **{name: value for name, value in match.taken.items() if value},
            "resource": root.resource or "the resource",
            "type": root.type or match.taken.get("type", ""),
            "stack": root.stack or self._told(),
            "capabilities": capabilities_in(root.reason),
            "region": region_in(*texts),
            "account": account_in(*texts),
        }

    def _told(self) -> str:
        """The stack that the text names beside its events."""
        return stack_in(*self.history.messages[:_MESSAGES])

    def where(self, stack: str) -> tuple[str, ...]:
        """Where the cause can still be read, best first."""
        name = self.history.stack_ids.get(stack, stack) or self._told() or "STACK"
        return (
            f"aws cloudformation describe-stack-events --stack-name {name}",
            "a stack that is gone answers to its ARN: aws cloudformation list-stacks --stack-status-filter DELETE_COMPLETE",
            "the calls themselves, for 90 days: aws cloudtrail lookup-events --lookup-attributes "
            "AttributeKey=EventSource,AttributeValue=SERVICE.amazonaws.com",
        )


def prerequisites(found: Trace) -> tuple[str, ...]:
    """Cancelled resources that others need without naming them: the root may have failed for want of one."""
    lacked = [
        event.resource
        for event in found.span.events
        if event.type in _NEEDED_UNNAMED and kind_of(event) is Kind.CANCELLED and event.status.endswith("FAILED")
    ]
    if not lacked or not found.failures:
        return ()
    return (
        f"{', '.join(dict.fromkeys(lacked[:4]))} had not been made yet: if {found.failures[0].resource} needs it, let it depend on it (DependsOn).",
    )


def _named(history: History, found: Trace | None) -> tuple[str, ...]:
    """The resources that a text without a failed event names as failed."""
    names = found.unseen if found else ()
    return names or tuple(dict.fromkeys(name for message in history.messages[:500] for name in listed_in(message)))
