"""Creation policies and wait conditions -> findings where the signal that they wait for never comes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, mentions, refused
from stackflight.check.readers.scripts import start_scripts
from stackflight.model.finding import Certainty, Consequence, Finding, Severity
from stackflight.model.identify import to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, known_int, known_text, references_in, render
from stackflight.patterns import compile_later

SIGNAL_NEVER_SENT = Check(
    "signal-never-sent",
    found_when="a creation policy or wait condition waits for a signal that nobody sends",
    explains="Proved where the user data signals another resource. The URL of a wait handle is the physical ID of the handle, so "
    "something outside of the template may signal to it.",
    may=(BLOCKING, WARNING),
    weighed="blocking where proved; warning where the image itself or something outside of the template might signal",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-signal.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html",
    ),
)


@finds(SIGNAL_NEVER_SENT)
def find_signals_nobody_sends(case: Case) -> Iterator[Finding]:
    """Creation policies and wait conditions that nobody can satisfy."""
    yield from _creation_policies(case)
    for condition in case.world.of_type("AWS::CloudFormation::WaitCondition"):
        handle = to_address(case.world, condition.get("Handle"))
        if not isinstance(handle, Address) or known_int(condition.get("Count")) == 0:
            continue
        users = [
            resource.address
            for resource in case.resources.values()
            if resource.address not in {condition.address, handle}
            and any(edge.target == handle for edge in resource.edges)
        ]
        if not users and case.resources[handle].type == "AWS::CloudFormation::WaitConditionHandle":
            timeout = render(condition.get("Timeout"))
            yield case.finding(
                SIGNAL_NEVER_SENT,
                [condition.address, handle],
                f"{condition.address} waits for a signal to {handle}, and nothing in the template knows its URL: unless a "
                f"person or a program reads it from the stack's resources, it times out after {timeout} s",
                f"pass {{Ref: {handle.id}}} to what should signal, or remove {condition.address}",
                severity=Severity.WARNING,
                certainty=Certainty.POSSIBLE,
                struck=(condition.address,),
                consequence=Consequence.TIMES_OUT,
            )


_SIGNAL_TARGET = compile_later(
    r"(?:cfn-signal|signal-resource)\b[^\n;|&]*?--(?:resource|logical-resource-id)[ =]+[\"']?([^\s\"'\\]+)"
)


def _creation_policies(case: Case) -> Iterator[Finding]:
    for resource in case.resources.values():
        signal = as_dict(as_dict(resource.attributes.get("CreationPolicy")).get("ResourceSignal"))
        if not signal or known_int(signal.get("Count")) == 0:
            continue
        text = _boot_text(case, resource)
        if text is None:
            continue
        named = set(_SIGNAL_TARGET.findall(text.replace("\\\n", " ")))
        plain = all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in named)  # a variable may stand for any resource
        if named and plain and resource.address.id not in named:
            if any(resource.address in finding.struck for finding in find_signals_for_nothing(case)):
                continue  # signal-for-nothing says more
            yield case.finding(
                SIGNAL_NEVER_SENT,
                [resource.address],
                f"{resource.address} waits for its signal, but its user data signals {', '.join(sorted(named))}: it times "
                f"out after {known_text(signal.get('Timeout')) or 'PT5M'}",
                f"signal with --resource {resource.address}",
                struck=(resource.address,),
                consequence=Consequence.TIMES_OUT,
            )
        elif not re.search(r"cfn-signal|signal-resource|SignalResource", text):
            yield case.finding(
                SIGNAL_NEVER_SENT,
                [resource.address],
                f"{resource.address} waits for a signal, but its user data sends none; unless the image does, it times "
                f"out after {known_text(signal.get('Timeout')) or 'PT5M'}",
                f"end the user data with cfn-signal --stack … --resource {resource.address}, or drop the CreationPolicy",
                severity=Severity.WARNING,
                certainty=Certainty.POSSIBLE,
            )


def _boot_text(case: Case, resource: Resource) -> str | None:
    """User data and cfn-init files of an instance or of the template behind a group; None where it is not known."""
    owners = [resource]
    for reference in references_in(
        {
            key: resource.properties.get(key)
            for key in ("LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy")
        }
    ):
        found = case.resources.get(reference.address)
        if found is not None:
            owners.append(found)
    if resource.type == "AWS::AutoScaling::AutoScalingGroup" and len(owners) == 1:
        return None
    parts = []
    for owner in owners:
        data = as_dict(owner.get("LaunchTemplateData"))
        parts += [render(owner.get("UserData")), render(data.get("UserData"))]
        metadata = as_dict(owner.attributes.get("Metadata"))
        if "AWS::CloudFormation::Init" in metadata:
            parts.append(json.dumps(_plain(metadata["AWS::CloudFormation::Init"])))
    text = "\n".join(part for part in parts if part)
    return text if text and not re.fullmatch(r"\$\{[^}]*\}", text.strip()) else None


def _plain(value: Value) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else render(value)


SIGNAL_FOR_NOTHING = Check(
    "signal-for-nothing",
    found_when="user data signals or initialises a resource that is not in the stack",
    explains="cfn-signal and cfn-init are refused, and a creation policy waits until its time-out.",
    may=(BLOCKING, WARNING),
    weighed="blocking where a creation policy waits for the signal, else warning",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-signal.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html",
    ),
)


@finds(SIGNAL_FOR_NOTHING)
def find_signals_for_nothing(case: Case) -> Iterator[Finding]:
    """User data that signals, or initialises, a resource that does not exist."""
    for resource, value, at in start_scripts(case):
        yield from _signals(case, resource, value, at)


def _signals(case: Case, resource: Resource, value: Value, at: At) -> Iterator[Finding]:
    """`cfn-signal --resource NAME` and `cfn-init --resource NAME` of names that are not in the stack."""
    text = render(value)
    stack = case.world.stack(resource.address.stack)
    for match in re.finditer(r"cfn-(signal|init|hup)(?:\.exe)?\b([^\n;&|]*)", text):
        named = re.search(r"(?:--resource[= ]|-r )\s*[\"']?([A-Za-z0-9]+)[\"']?(?=\s|$|\\)", match.group(2))
        own = re.search(
            rf"(?:--stack[= ]|-s )\s*[\"']?(\$\{{AWS::StackName\}}|\$\{{AWS::StackId\}}|{re.escape(stack.called)}(?=[\"'\s]))",
            match.group(2),
        )
        declared = {*stack.resources, *stack.template.section("Resources")}
        if named is None or own is None or named.group(1) in declared or stack.template.rewritten:
            continue
        awaited = [
            item
            for item in stack.resources.values()
            if item.attributes.get("CreationPolicy") is not None
            and (item.address == resource.address or mentions(item.properties, resource.address))
        ]
        message = (
            f"the user data of {resource.address} calls cfn-{match.group(1)} for {named.group(1)}, which is not in the stack: "
            "the call fails"
        )
        remedy = f"name {awaited[0].address.id if awaited else resource.address.id} instead"
        if match.group(1) == "signal" and awaited:
            yield refused(
                case, SIGNAL_FOR_NOTHING, [resource.address, awaited[0].address],
                f"{message}, and {awaited[0].address} waits for its signal until its time-out", remedy, at,
                struck=awaited[0].address, consequence=Consequence.TIMES_OUT,
            )  # fmt: skip
        else:
            yield broken(case, SIGNAL_FOR_NOTHING, [resource.address], message, remedy, at)
