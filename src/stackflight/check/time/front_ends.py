"""Functions against what stands before them -> notes: answers that come after the caller was sent away.

Limits: Elastic Load Balancing (idle timeout 60 s by default), Amazon API Gateway (29 s for REST, 30 s for HTTP APIs).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import NOTE, Check, finds
from stackflight.model.finding import Certainty, Finding, Phase, Severity
from stackflight.model.identify import to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, known_int, known_text, references_in

_IDLE_SECONDS = 60
_REST_SECONDS = 29.0
_HTTP_SECONDS = 30.0
_MARGIN_SECONDS = 5
"""A function that may run a little longer than its caller waits is the common way to write "as long as possible"."""


ANSWER_OUTLASTS_FRONT = Check(
    "answer-outlasts-front",
    found_when="a function may run longer than the load balancer or API before it waits",
    explains="An Application Load Balancer closes after its idle timeout (60 s by default), API Gateway after 29 s (REST) or 30 s "
    "(HTTP). Streamed answers are left out.",
    may=(NOTE,),
    weighed="most calls are faster",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    ),
)


@finds(ANSWER_OUTLASTS_FRONT)
def find_answers_too_late(case: Case) -> Iterator[Finding]:
    """Functions that may run longer than the load balancer or API before them waits."""
    for function, front, limit in (*_behind_balancers(case), *_behind_apis(case)):
        given = function.get("Timeout")
        seconds = 3 if given is None else known_int(given)
        if seconds is not None and seconds > limit + _MARGIN_SECONDS:
            yield case.finding(
                ANSWER_OUTLASTS_FRONT,
                [function.address, front],
                f"{function.address} may run {seconds} s, but {front} waits {limit:g} s for its answer: a longer run is paid for, "
                "and its caller gets an error",
                f"lower the Timeout of {function.address} to {limit:g}, answer asynchronously, or raise the limit of {front}",
                severity=Severity.NOTE,
                certainty=Certainty.POSSIBLE,
                phase=Phase.RUN,
                at=("Timeout",),
            )


def _function(case: Case, value: Value) -> Resource | None:
    for reference in references_in(value):
        found = case.resources.get(reference.address)
        if found is not None and found.type == "AWS::Lambda::Function":
            return found
    return None


def _behind_balancers(case: Case) -> Iterator[tuple[Resource, Address, float]]:
    owners = case.balancers
    for group in case.world.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        function = _function(case, group.get("Targets")) if known_text(group.get("TargetType")) == "lambda" else None
        for balancer in owners.get(group.address, ()) if function is not None else ():
            attributes = {
                known_text(as_dict(item).get("Key")): as_dict(item).get("Value")
                for item in as_list(case.resources[balancer].get("LoadBalancerAttributes"))
            }
            given = attributes.get("idle_timeout.timeout_seconds")
            limit = _IDLE_SECONDS if given is None else known_int(given)
            if limit is not None and function is not None:
                yield function, balancer, limit


def _behind_apis(case: Case) -> Iterator[tuple[Resource, Address, float]]:
    for method in case.world.of_type("AWS::ApiGateway::Method"):
        given = as_dict(method.get("Integration"))
        function = _function(case, given.get("Uri"))
        if function is not None and given.get("ResponseTransferMode") is None and "Async" not in str(given):
            milliseconds = given.get("TimeoutInMillis")
            limit = _REST_SECONDS if milliseconds is None else (known_int(milliseconds) or 0) / 1000
            if limit:
                yield function, method.address, limit
    for integration in case.world.of_type("AWS::ApiGatewayV2::Integration"):
        function = _function(case, integration.get("IntegrationUri"))
        api = to_address(case.world, integration.get("ApiId"))
        http = isinstance(api, Address) and known_text(case.resources[api].get("ProtocolType")) == "HTTP"
        if function is not None and http:
            milliseconds = integration.get("TimeoutInMillis")
            limit = _HTTP_SECONDS if milliseconds is None else (known_int(milliseconds) or 0) / 1000
            if limit:
                yield function, integration.address, limit
