"""World -> findings on API Gateway: methods without integration, stages made twice, logging without the account's role.

Source: API Gateway Developer Guide (deployments, stages, CloudWatch logging).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.identify import to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, as_dict, as_list, known_text

API_REFUSED = Check(
    "api-refused",
    found_when="an API is deployed with a method that has no integration or lacks its authorizer, or a stage is made twice",
    explains="API Gateway refuses the method, the deployment or the stage.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html",
    ),
)


@finds(API_REFUSED)
def find_api_defects(case: Case) -> Iterator[Finding]:
    """What API Gateway refuses."""
    for method in case.world.of_type("AWS::ApiGateway::Method"):
        if method.get("Integration") is None:
            api = to_address(case.world, method.get("RestApiId"))
            deployments = [
                item.address
                for item in case.world.of_type("AWS::ApiGateway::Deployment")
                if isinstance(api, Address) and to_address(case.world, item.get("RestApiId")) == api
            ]
            if deployments:
                yield refused(
                    case, API_REFUSED, [method.address, *deployments],
                    f"{method.address} has no integration, and {deployments[0]} deploys its API",
                    "add Integration (Type: MOCK where nothing is behind it)", struck=deployments[0],
                    says=aws_says("api-refused.integration"),
                )  # fmt: skip
    yield from _missing_authorizers(case)
    for stage in case.world.of_type("AWS::ApiGateway::Stage"):
        for deployment in case.world.of_type("AWS::ApiGateway::Deployment"):
            name = known_text(stage.get("StageName"))
            same = to_address(case.world, deployment.get("RestApiId")) == to_address(case.world, stage.get("RestApiId"))
            known = isinstance(to_address(case.world, stage.get("RestApiId")), Address)
            if name is not None and known and same and known_text(deployment.get("StageName")) == name:
                yield refused(
                    case, API_REFUSED, [stage.address, deployment.address],
                    f"{deployment.address} makes the stage {name} itself, and {stage.address} makes it again",
                    f"remove StageName from {deployment.address}", ("StageName",), says=aws_says("api-refused.stage"),
                )  # fmt: skip


# Type -> authorization types that need an authorizer. Source: API Gateway API References (PutMethod, CreateRoute).
_AUTHORIZED = {
    "AWS::ApiGateway::Method": {"CUSTOM", "COGNITO_USER_POOLS"},
    "AWS::ApiGatewayV2::Route": {"CUSTOM", "JWT"},
}


def _missing_authorizers(case: Case) -> Iterator[Finding]:
    for kind, demanding in _AUTHORIZED.items():
        for method in case.world.of_type(kind):
            wanted = known_text(method.get("AuthorizationType"))
            if wanted in demanding and method.get("AuthorizerId") is None:
                yield refused(
                    case, API_REFUSED, [method.address],
                    f"{method.address} has the authorization type {wanted} and no authorizer",
                    "set AuthorizerId to an authorizer of the API", ("AuthorizationType",),
                    says=aws_says("api-refused.authorizer", wanted=wanted),
                )  # fmt: skip


API_LOGGING_ROLE = Check(
    "api-logging-role",
    found_when="an API's stage logs, and the templates set no role for it",
    explains="API Gateway writes logs with a role that is set once for the account and Region.",
    may=(WARNING,),
    weighed="the account may have it",
    sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",),
)


@finds(API_LOGGING_ROLE)
def find_logging_without_role(case: Case) -> Iterator[Finding]:
    """Stages that log, in an account that may have no role for it."""
    if any(case.world.of_type("AWS::ApiGateway::Account")):
        return
    for stage in case.world.of_type("AWS::ApiGateway::Stage"):
        if _logs(stage):
            yield doubtful(
                case, API_LOGGING_ROLE, [stage.address],
                f"{stage.address} writes execution logs; where the account has no role for it: CloudWatch Logs role ARN must be set "
                "in account settings to enable logging",
                "add an AWS::ApiGateway::Account with a role that has AmazonAPIGatewayPushToCloudWatchLogs, and let the stage "
                "depend on it", ("MethodSettings",), struck=stage.address,
            )  # fmt: skip


def _logs(stage: Resource) -> bool:
    if stage.get("AccessLogSetting") is not None and not isinstance(stage.get("AccessLogSetting"), Unknown):
        return True
    levels = {known_text(as_dict(item).get("LoggingLevel")) for item in as_list(stage.get("MethodSettings"))}
    return bool(levels & {"INFO", "ERROR"})
