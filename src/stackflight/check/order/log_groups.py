"""Graph -> findings: log groups that are made after Lambda has made them by itself.

Source: AWS Lambda Developer Guide (sending function logs to CloudWatch Logs).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import doubtful, mentions, named
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, known_text, render

LOG_GROUP_AFTER_CALL = Check(
    "log-group-after-call",
    found_when="a function's log group is made after a custom resource has called the function",
    explains="The first call makes the log group, if the role allows logs:CreateLogGroup.",
    may=(WARNING,),
    weighed="the function's role decides",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",),
)


@finds(LOG_GROUP_AFTER_CALL)
def find_log_groups_after_calls(case: Case) -> Iterator[Finding]:
    """A function that has been called has made its log group itself."""
    calls = [(call, function) for call in case.resources.values() if (function := _called(case, call))]
    for group in case.world.of_type("AWS::Logs::LogGroup"):
        name = group.get("LogGroupName")
        for call, function in calls:
            if not _logs_to(name, function) or case.graph.waits_for(function.address, [group.address]):
                continue
            if case.graph.waits_for(group.address, [call.address]) and not function.get("LoggingConfig", "LogGroup"):
                yield doubtful(
                    case, LOG_GROUP_AFTER_CALL, [group.address, call.address, function.address],
                    f"{group.address} is made after {call.address} has called {function.address}, and Lambda has made {render(name)} "
                    "by then if the function's role lets it: the log group already exists",
                    f"let {function.address} depend on {group.address}, and write the name without referring to the function",
                    ("LogGroupName",), struck=group.address, consequence=Consequence.FAILS,
                )  # fmt: skip


def _called(case: Case, call: Resource) -> Resource | None:
    return named(case, call.properties.get("ServiceToken"), "AWS::Lambda::Function") if call.is_custom else None


def _logs_to(name: Value, function: Resource) -> bool:
    given = function.get("FunctionName")
    own = known_text(given)
    if mentions(name, function.address):
        return render(name).startswith("/aws/lambda/${")
    return own is not None and known_text(name) == f"/aws/lambda/{own}"
