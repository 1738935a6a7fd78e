"""Time limits that contradict one another: an outer one that ends before the inner one can.

Limits: AWS Lambda, Amazon SQS, CloudFormation and ECS documentation, stated with each check.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.identify import to_address
from stackflight.model.retries import longest_retry_seconds
from stackflight.model.template import Resource
from stackflight.model.value import Address, as_dict, as_list, known_int, known_text, references_in, render

_LAMBDA_TIMEOUT_SECONDS = 3  # AWS::Lambda::Function, Timeout, default


def _function_timeout(function: Resource) -> int | None:
    given = function.get("Timeout")
    return _LAMBDA_TIMEOUT_SECONDS if given is None else known_int(given)


def _custom_resources(case: Case) -> Iterator[tuple[Resource, Resource]]:
    """Custom resources with the function behind their service token."""
    for resource in case.resources.values():
        if not resource.is_custom:
            continue
        for reference in references_in(resource.properties.get("ServiceToken")):
            function = case.resources.get(reference.address)
            if function is not None and function.type == "AWS::Lambda::Function":
                yield resource, function


SERVICE_TIMEOUT_BELOW_FUNCTION_TIMEOUT = Check(
    "service-timeout-below-function-timeout",
    found_when="CloudFormation waits for a custom resource less long than its function may run",
    explains="ServiceTimeout (1 to 3600 s, default 3600) ends the wait; the function may go on and answer too late.",
    may=(WARNING,),
    weighed="only slow runs are hit",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html",
    ),
)


@finds(SERVICE_TIMEOUT_BELOW_FUNCTION_TIMEOUT)
def find_service_timeouts_too_short(case: Case) -> Iterator[Finding]:
    """CloudFormation gives up on a custom resource while its function may still run."""
    for resource, function in _custom_resources(case):
        limit, inner = known_int(resource.properties.get("ServiceTimeout")), _function_timeout(function)
        if limit is not None and inner is not None and limit < inner:
            yield case.finding(
                SERVICE_TIMEOUT_BELOW_FUNCTION_TIMEOUT,
                [resource.address, function.address],
                f"CloudFormation gives up on {resource.address} after {limit} s, while {function.address} may run for "
                f"{inner} s: a slow but successful run fails the deployment",
                f"set the ServiceTimeout of {resource.address} above {inner}, or the Timeout of {function.address} below {limit}",
                severity=Severity.WARNING,
                at=("ServiceTimeout",),
            )


RETRIES_OUTLAST_TIMEOUT = Check(
    "retries-outlast-timeout",
    found_when="the retry loops of a function sleep longer than the function may run",
    explains="Read from the code: loops over a constant range whose sleep is an expression of constants and the loop variable.",
    may=(WARNING,),
    weighed="only a dependency that stays away that long shows it",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",),
)


@finds(RETRIES_OUTLAST_TIMEOUT)
def find_retries_past_timeout(case: Case) -> Iterator[Finding]:
    """Retry loops that sleep longer than their function may run."""
    for function in case.world.of_type("AWS::Lambda::Function"):
        limit = _function_timeout(function)
        inline = function.get("Code", "ZipFile")
        sources = [render(inline)] if inline is not None else [*case.world.code.get(function.address, ())]
        waits = [seconds for source in sources if (seconds := longest_retry_seconds(source)) is not None]
        if limit is not None and waits and max(waits) > limit:
            yield case.finding(
                RETRIES_OUTLAST_TIMEOUT,
                [function.address],
                f"the retries in {function.address} sleep up to {round(max(waits))} s, but it is stopped after {limit} s: "
                "the last tries never happen, and an error handler after them neither",
                f"raise the Timeout of {function.address} above {round(max(waits))} s, or retry within {limit} s",
                severity=Severity.WARNING,
                phase=Phase.RUN,
                at=("Timeout",),
            )


NESTED_STACK_TIMEOUT_TOO_SHORT = Check(
    "nested-stack-timeout-too-short",
    found_when="a nested stack's TimeoutInMinutes is below what its resources typically take",
    explains="CloudFormation fails the nested stack when the time is over. Judged by typical durations.",
    may=(WARNING,),
    weighed="durations vary",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-stack.html",),
)


@finds(NESTED_STACK_TIMEOUT_TOO_SHORT)
def find_nested_stacks_too_slow(case: Case) -> Iterator[Finding]:
    """Nested stacks whose time limit is below what their resources typically take."""
    for stack in case.world.stacks:
        parent = case.resources.get(stack.parent) if stack.parent else None
        limit = known_int(parent.get("TimeoutInMinutes")) if parent is not None else None
        if parent is None or limit is None or not stack.resources:
            continue
        begin = min(case.timetable.start(resource.address) for resource in stack.resources.values())
        last = max(stack.resources.values(), key=lambda resource: case.timetable.end(resource.address))
        minutes = (case.timetable.end(last.address) - begin) / 60
        if minutes > limit:
            yield case.finding(
                NESTED_STACK_TIMEOUT_TOO_SHORT,
                [parent.address, last.address],
                f"{parent.address} may take {limit} min, but its resources typically take {round(minutes)} min ({last.address} ends last)",
                f"raise TimeoutInMinutes of {parent.address} above {round(minutes * 1.5) + 1}",
                severity=Severity.WARNING,
                certainty=Certainty.POSSIBLE,
                at=("TimeoutInMinutes",),
            )


GRACE_PERIOD_SHORTER_THAN_START = Check(
    "grace-period-shorter-than-start",
    found_when="a load balancer declares a task unhealthy before its container may have started",
    explains="The container's own StartPeriod says how long it may take; interval, threshold and grace period say how long the load balancer waits.",
    may=(WARNING,),
    weighed="a fast start is not hit",
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
    ),
)


@finds(GRACE_PERIOD_SHORTER_THAN_START)
def find_targets_killed_while_starting(case: Case) -> Iterator[Finding]:
    """Load balancers that give up on a task sooner than its own health check does."""
    for service in case.world.of_type("AWS::ECS::Service"):
        grace = service.get("HealthCheckGracePeriodSeconds")
        definition = to_address(case.world, service.get("TaskDefinition"))
        if (grace is not None and known_int(grace) is None) or not isinstance(definition, Address):
            continue
        for entry in as_list(service.get("LoadBalancers")):
            group = to_address(case.world, as_dict(entry).get("TargetGroupArn"))
            start = _start_period(case, definition, known_text(as_dict(entry).get("ContainerName")))
            patience = _patience_seconds(case, group) if isinstance(group, Address) else None
            given = known_int(grace) or 0
            if start is not None and patience is not None and given + patience < start and isinstance(group, Address):
                yield case.finding(
                    GRACE_PERIOD_SHORTER_THAN_START,
                    [service.address, group],
                    f"the container of {service.address} may take {start} s to start, but {group} declares it unhealthy after "
                    f"{patience} s and the grace period is {given} s: tasks are replaced before they are up",
                    f"set HealthCheckGracePeriodSeconds of {service.address} to at least {start}",
                    severity=Severity.WARNING,
                    certainty=Certainty.POSSIBLE,
                    at=("HealthCheckGracePeriodSeconds",),
                )


def _start_period(case: Case, definition: Address, container: str | None) -> int | None:
    for item in as_list(case.resources[definition].get("ContainerDefinitions")):
        given = as_dict(item)
        if known_text(given.get("Name")) == container:
            return known_int(as_dict(given.get("HealthCheck")).get("StartPeriod"))
    return None


def _patience_seconds(case: Case, group: Address) -> int | None:
    """Interval times unhealthy threshold; the defaults are those of Elastic Load Balancing (30 s, 2)."""
    resource = case.resources[group]
    interval, threshold = resource.get("HealthCheckIntervalSeconds"), resource.get("UnhealthyThresholdCount")
    seconds = 30 if interval is None else known_int(interval)
    count = 2 if threshold is None else known_int(threshold)
    return seconds * count if seconds is not None and count is not None else None


_BUFFERED_MILLISECONDS = 29_000  # Amazon API Gateway quotas, REST APIs; raisable for Regional and private ones


INTEGRATION_TIMEOUT_PAST_QUOTA = Check(
    "integration-timeout-past-quota",
    found_when="an API integration is given more time than API Gateway grants a buffered answer",
    explains="REST APIs: 29 s, raisable by quota for Regional and private APIs. Streamed answers have 15 minutes.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the quota cannot be raised (edge-optimised APIs), else warning",
    sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",),
)


@finds(INTEGRATION_TIMEOUT_PAST_QUOTA)
def find_integrations_past_quota(case: Case) -> Iterator[Finding]:
    """Integrations that are given more time than API Gateway grants a buffered answer."""
    for method in case.world.of_type("AWS::ApiGateway::Method"):
        given = as_dict(method.get("Integration"))
        limit = known_int(given.get("TimeoutInMillis"))
        if limit is None or limit <= _BUFFERED_MILLISECONDS or given.get("ResponseTransferMode") is not None:
            continue
        yield _past_quota(case, method, limit, _is_edge(case, method), ("Integration", "TimeoutInMillis"))


def _past_quota(case: Case, resource: Resource, limit: int, fixed: bool, at: tuple[str, ...]) -> Finding:
    """`fixed`: the quota of this kind of API cannot be raised."""
    addition = "" if fixed else ", unless the account's quota was raised"
    return case.finding(
        INTEGRATION_TIMEOUT_PAST_QUOTA,
        [resource.address],
        f"{resource.address} asks for {limit / 1000:g} s; API Gateway grants a buffered answer 29 s{addition}: "
        "'Timeout should be between 50 ms and 29000 ms'",
        "lower TimeoutInMillis, answer asynchronously, or stream the response (ResponseTransferMode: STREAM)",
        severity=Severity.BLOCKING if fixed else Severity.WARNING,
        certainty=Certainty.PROVED if fixed else Certainty.POSSIBLE,
        struck=(resource.address,) if fixed else (),
        consequence=Consequence.FAILS if fixed else Consequence.NONE,
        at=at,
    )


def _is_edge(case: Case, method: Resource) -> bool:
    api = to_address(case.world, method.get("RestApiId"))
    if not isinstance(api, Address):
        return False
    types = case.resources[api].get("EndpointConfiguration", "Types")
    return types is None or [known_text(item) for item in as_list(types)] == ["EDGE"]
