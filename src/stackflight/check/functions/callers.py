"""World -> findings on functions that do not let the service call them which is told to.

Sources: AWS Lambda Developer Guide (resource-based policies); Amazon S3 User Guide (event notifications); CloudWatch Logs
User Guide (subscription filters); Elastic Load Balancing User Guide (Lambda functions as targets); AWS Config Developer
Guide (custom Lambda rules).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from stackflight.check.case import Case, Check, listed
from stackflight.check.outcome import At, broken, handed_out, named, refused
from stackflight.check.traffic.integrations import function_of
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Reference,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_text,
    references_in,
    render,
)


class Caller(NamedTuple):
    """Who calls a function: the resource that says so, the function it names, the service, the resource in whose name.

    `answer` is what the service says when it tests the function at creation; empty where it calls later.
    """

    resource: Resource
    function: Value
    service: str
    source: Value
    at: At
    answer: str = ""


def find_missing_invoke_permissions(case: Case) -> Iterator[Finding]:
    """Services that are told to call a function which does not let them."""
    said = set()
    permissions = _read_permissions(case)
    for caller in _callers(case):
        function = function_of(case, caller.function)
        if function is None or (caller.resource.address, function.address) in said:
            continue
        others = _permitted_for(case, permissions, function, caller)
        if others is None:
            continue
        said.add((caller.resource.address, function.address))
        has = (
            f"the permissions of {caller.service}.amazonaws.com are for {listed(others)} only" if others
            else f"no AWS::Lambda::Permission lets {caller.service}.amazonaws.com invoke it"
        )  # fmt: skip
        yield (refused if caller.answer else broken)(
            case, "invoke-permission-missing", [caller.resource.address, function.address],
            f"{caller.resource.address} calls {function.address}, and {has}: {caller.answer or 'every call is denied'}",
            f"add an AWS::Lambda::Permission with Principal {caller.service}.amazonaws.com for {function.address}"
            + (f" and the SourceArn of {render(caller.source)}" if others else ""), caller.at,
        )  # fmt: skip


class _Permissions(NamedTuple):
    """The permissions by the function or alias that they refer to, and those that refer to none."""

    by_function: Mapping[Address, list[Resource]]
    others: list[Resource]


def _read_permissions(case: Case) -> _Permissions:
    by_function: dict[Address, list[Resource]] = {}
    others: list[Resource] = []
    for permission in case.world.of_type("AWS::Lambda::Permission"):
        named_ones = {reference.address for reference in references_in(permission.get("FunctionName"))}
        for address in named_ones:
            by_function.setdefault(address, []).append(permission)
        if not named_ones or isinstance(permission.get("FunctionName"), Unknown):
            others.append(permission)
    return _Permissions(by_function, others)


def _permitted_for(case: Case, permissions: _Permissions, function: Resource, caller: Caller) -> list[str] | None:
    """Whom a function's permissions for the service are for, instead of the caller; None where it may be permitted."""
    others: list[str] = []
    if handed_out(case, function.address):
        return None
    own = known_text(function.get("FunctionName"))
    for permission in (*permissions.by_function.get(function.address, ()), *permissions.others):
        name = permission.get("FunctionName")
        literal = known_text(name)
        if not references_in(name) and literal is not None and not (own and own in literal):
            continue
        principal = permission.get("Principal")
        if isinstance(principal, Unknown) or caller.service in render(principal) or render(principal) == "*":
            strangers = _strangers(case, permission.get("SourceArn"), caller)
            if not strangers:
                return None
            others += strangers
    return others


def _strangers(case: Case, source: Value, caller: Caller) -> list[str]:
    """The resources that a SourceArn names, where they are of the caller's kind and not the caller's own."""
    own = named(case, caller.source)
    if own is None or isinstance(source, Unknown):
        return []
    found = [case.resources.get(reference.address) for reference in references_in(source)]
    if not found or any(item is None or item.type != own.type or item.address == own.address for item in found):
        return []
    return [item.address.id for item in found if item is not None]


def _callers(case: Case) -> Iterator[Caller]:
    for rule in case.world.of_type("AWS::Events::Rule"):
        for index, target in enumerate(as_list(rule.get("Targets"))):
            if as_dict(target).get("RoleArn") is None:
                yield Caller(rule, as_dict(target).get("Arn"), "events", _self(rule), ("Targets", index))
    for item in case.world.of_type("AWS::SNS::Subscription"):
        if known_text(item.get("Protocol")) == "lambda":
            yield Caller(item, item.get("Endpoint"), "sns", item.get("TopicArn"), ("Endpoint",))
    yield from _gateways(case)
    yield from _testers(case)


def _self(resource: Resource) -> Value:
    return Reference(resource.address, "Arn")


def _testers(case: Case) -> Iterator[Caller]:
    """Services that try the function, or look at its policy, when the resource is made."""
    for item in case.world.of_type("AWS::SecretsManager::RotationSchedule"):
        yield Caller(
            item, item.get("RotationLambdaARN"), "secretsmanager", item.get("SecretId"), ("RotationLambdaARN",),
            "Secrets Manager cannot invoke the specified Lambda function",
        )  # fmt: skip
    for item in case.world.of_type("AWS::S3::Bucket"):
        for index, entry in enumerate(as_list(item.get("NotificationConfiguration", "LambdaConfigurations"))):
            yield Caller(
                item, as_dict(entry).get("Function"), "s3", _self(item),
                ("NotificationConfiguration", "LambdaConfigurations", index),
                "Unable to validate the following destination configurations",
            )  # fmt: skip
    for item in case.world.of_type("AWS::Logs::SubscriptionFilter"):
        yield Caller(
            item, item.get("DestinationArn"), "logs", item.get("LogGroupName"), ("DestinationArn",),
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function",
        )  # fmt: skip
    for item in case.world.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        if known_text(item.get("TargetType")) == "lambda":
            for index, target in enumerate(as_list(item.get("Targets"))):
                yield Caller(
                    item, as_dict(target).get("Id"), "elasticloadbalancing", _self(item), ("Targets", index),
                    "elasticloadbalancing principal does not have permission to invoke the function from the target group",
                )  # fmt: skip
    for item in case.world.of_type("AWS::Config::ConfigRule"):
        if known_text(item.get("Source", "Owner")) == "CUSTOM_LAMBDA":
            yield Caller(
                item, item.get("Source", "SourceIdentifier"), "config", _self(item), ("Source",),
                "The AWS Lambda function cannot be invoked. Check the specified function ARN, and check the function's permissions",
            )  # fmt: skip


def _gateways(case: Case) -> Iterator[Caller]:
    for method in case.world.of_type("AWS::ApiGateway::Method"):
        integration = as_dict(method.get("Integration"))
        if integration.get("Credentials") is None and (known_text(integration.get("Type")) or "").startswith("AWS"):
            if ":lambda:path/" in render(integration.get("Uri")):
                at: At = ("Integration", "Uri")
                yield Caller(method, integration.get("Uri"), "apigateway", method.get("RestApiId"), at)
    for link in case.world.of_type("AWS::ApiGatewayV2::Integration"):
        own = link.get("CredentialsArn") is not None or link.get("IntegrationSubtype") is not None
        if known_text(link.get("IntegrationType")) == "AWS_PROXY" and not own:
            yield Caller(link, link.get("IntegrationUri"), "apigateway", link.get("ApiId"), ("IntegrationUri",))


CHECKS = (
    Check(
        "invoke-permission-missing", find_missing_invoke_permissions,
        "a rule, API, topic, bucket, log group or rotation calls a function that does not let it",
        "The calling service needs a statement in the function's resource-based policy (or credentials of its own). Both are in the "
        "templates, and no permission names the service, or each names another resource as the source.",
        "warning: the deployment succeeds and every call is denied; blocking for buckets, log groups, rotations, target groups and "
        "Config rules, whose services test the function", "invoke-permission-missing",
    ),
)  # fmt: skip
