"""World -> findings on how services work together: policies of targets, streaming integrations, answers of custom resources.

Sources: Amazon SQS and SNS Developer Guides (access policies); API Gateway Developer Guide (response transfer mode);
CloudFormation User Guide (cfn-response module, custom resources).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, doubtful, function_of, handed_out, named, refused
from stackflight.check.readers.answers import answered_keys
from stackflight.check.readers.keepers import DELIVERS, KEPT_BY, Keepers
from stackflight.check.readers.policies import may_allow
from stackflight.facts.words import aws_says
from stackflight.model.edit import written
from stackflight.model.finding import Finding, Phase
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
from stackflight.patterns import compile_later

_FUNCTION = "AWS::Lambda::Function"


TARGET_POLICY_MISSING = Check(
    "target-policy-missing",
    found_when="a rule or subscription sends to a queue or topic whose policy lets nobody in",
    explains="EventBridge and SNS send under their own names; without a resource policy only the account's own principals may.",
    may=(WARNING,),
    weighed="the deployment succeeds and every delivery is denied",
    sources=(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
        "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    ),
)


@finds(TARGET_POLICY_MISSING)
def find_missing_target_policies(case: Case) -> Iterator[Finding]:
    """Rules and subscriptions that send to a queue or topic which lets nobody in."""
    keepers = Keepers(case)
    for sender, value, service, at in _senders(case):
        target = named(case, value, *KEPT_BY)
        if target is None or handed_out(case, target.address):
            continue
        kind, _ = KEPT_BY[target.type]
        mine = keepers.documents(target)
        if mine is None or may_allow(mine, f"{service}.", DELIVERS[target.type]):
            continue
        has = (
            f"none of its policies lets {service}.amazonaws.com in"
            if mine
            else f"no {kind} lets {service}.amazonaws.com in"
        )
        finding = broken(
            case, TARGET_POLICY_MISSING, [sender.address, target.address],
            f"{sender.address} sends to {target.address}, and {has}: every delivery is denied",
            keepers.how_to(target, service), at,
        )  # fmt: skip
        source = Reference(sender.address, "Arn") if service == "events" else sender.get("TopicArn")
        if isinstance(source, Reference):
            only = {"ArnEquals": {"aws:SourceArn": written(source)}}
            finding = replace(finding, fixes=keepers.let_in(target, sender.address, service, only))
        yield finding


def _senders(case: Case) -> Iterator[tuple[Resource, Value, str, tuple[str | int, ...]]]:
    for rule in case.world.of_type("AWS::Events::Rule"):
        for index, target in enumerate(as_list(rule.get("Targets"))):
            if as_dict(target).get("RoleArn") is None:
                yield rule, as_dict(target).get("Arn"), "events", ("Targets", index)
    for subscription in case.world.of_type("AWS::SNS::Subscription"):
        if known_text(subscription.get("Protocol")) == "sqs":
            yield subscription, subscription.get("Endpoint"), "sns", ("Endpoint",)


# Targets that EventBridge reaches with a role alone. Source: Amazon EventBridge User Guide (permissions of targets).
_ROLE_TARGETS = {
    "AWS::StepFunctions::StateMachine", "AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline", "AWS::Kinesis::Stream",
    "AWS::ECS::Cluster", "AWS::Batch::JobQueue", "AWS::Events::ApiDestination",
}  # fmt: skip
_ROLE_ARNS = compile_later(
    r"arn:.{1,24}?:(?:(?:states|codebuild|codepipeline|kinesis|batch):|events:.*:api-destination/).*"
)


RULE_TARGET_WITHOUT_ROLE = Check(
    "rule-target-without-role",
    found_when="a rule starts a task, a state machine, a build or a pipeline, or feeds a stream, without a role",
    explains="EventBridge refuses such a target.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",),
)


@finds(RULE_TARGET_WITHOUT_ROLE)
def find_targets_without_role(case: Case) -> Iterator[Finding]:
    """Targets of rules that PutTargets refuses without a role."""
    for rule in case.world.of_type("AWS::Events::Rule"):
        for index, item in enumerate(as_list(rule.get("Targets"))):
            target = as_dict(item)
            found = named(case, target.get("Arn"), *_ROLE_TARGETS)
            if target.get("RoleArn") is not None:
                continue
            what = str(found.address) if found is not None else render(target.get("Arn"))
            if found is not None or isinstance(target.get("EcsParameters"), dict) or _ROLE_ARNS.fullmatch(what):
                speak = refused if rule.get("RoleArn") is None else doubtful  # a role of the rule may be taken for all
                yield speak(
                    case, RULE_TARGET_WITHOUT_ROLE, [rule.address, *([found.address] if found else [])],
                    f"{rule.address} has the target {what} and no role for it: RoleArn is required for target",
                    "set RoleArn of the target to a role that events.amazonaws.com may assume", ("Targets", index),
                )  # fmt: skip


_STREAMING = "/2021-11-15/functions/ARN/response-streaming-invocations"


STREAMING_URI_MISMATCH = Check(
    "streaming-uri-mismatch",
    found_when="an API's response transfer mode and the invocation URI do not belong together",
    explains="STREAM needs the streaming invocation of the function, BUFFERED the ordinary one.",
    may=(BLOCKING,),
    sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",),
)


@finds(STREAMING_URI_MISMATCH)
def find_streaming_contracts(case: Case) -> Iterator[Finding]:
    """Transfer mode and URI of integrations that do not belong together."""
    for method in case.world.of_type("AWS::ApiGateway::Method"):
        integration = as_dict(method.get("Integration"))
        given, uri = integration.get("ResponseTransferMode"), integration.get("Uri")
        mode = "BUFFERED" if given is None else known_text(given)
        text = render(uri)
        if isinstance(uri, Unknown) or ":lambda:path/" not in text:
            continue
        streams = text.rstrip("/").endswith("/response-streaming-invocations") or "/2021-11-15/" in text
        kind = known_text(integration.get("Type"))
        wrong, remedy, key = "", "", "Uri"
        if mode == "STREAM" and not streams:
            wrong = f"has ResponseTransferMode STREAM and the URI of buffered invocations (…{text[-40:]})"
            remedy = f"use the URI …{_STREAMING}, or ResponseTransferMode: BUFFERED"
        elif mode == "BUFFERED" and streams:
            wrong = "invokes its function with response streaming, and its ResponseTransferMode is BUFFERED"
            remedy = "set ResponseTransferMode: STREAM, or use the URI …/2015-03-31/functions/ARN/invocations"
        elif mode == "STREAM" and kind not in {"AWS_PROXY", "HTTP_PROXY", None}:
            wrong = f"streams through an integration of type {kind}, and only AWS_PROXY and HTTP_PROXY stream"
            remedy, key = "set Type: AWS_PROXY", "Type"
        if wrong:
            yield case.finding(
                STREAMING_URI_MISMATCH, [method.address], f"{method.address} {wrong}: its calls fail", remedy, phase=Phase.RUN,
                at=("Integration", key),
            )  # fmt: skip


ATTRIBUTE_NOT_ANSWERED = Check(
    "attribute-not-answered",
    found_when="an attribute is read from a custom resource whose code never returns it",
    explains="The inline code's calls of cfnresponse.send are read; where one of them hides its keys, we stay silent.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html",
    ),
    replaces=("E9004",),
)


@finds(ATTRIBUTE_NOT_ANSWERED)
def find_unanswered_attributes(case: Case) -> Iterator[Finding]:
    """Attributes of custom resources that their inline handler never returns."""
    handlers: dict[Address, tuple[Resource, set[str]]] = {}
    for resource in case.resources.values():
        if resource.is_custom:
            function = function_of(case, resource.properties.get("ServiceToken"))
            source = function.get("Code", "ZipFile") if function is not None else None
            keys = answered_keys(source) if isinstance(source, str) else None
            if function is not None and keys is not None:
                handlers[resource.address] = (function, keys)
    for user in case.resources.values() if handlers else ():
        for reference in references_in(user.properties):
            if reference.address not in handlers or reference.attribute == "Ref":
                continue
            function, keys = handlers[reference.address]
            if reference.attribute not in keys:
                yield refused(
                    case, ATTRIBUTE_NOT_ANSWERED, [user.address, reference.address, function.address],
                    f"{user.address} reads {reference.attribute} of {reference.address}, and the code of "
                    f"{function.address} answers {listed(sorted(keys)) or 'no data'}",
                    f"return {reference.attribute} in the data of cfnresponse.send, or read another attribute",
                    says=aws_says("attribute-not-answered", attribute=reference.attribute),
                )  # fmt: skip
