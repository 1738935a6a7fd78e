"""World -> findings on start scripts: their length, what nothing replaces in them, signals for nothing.

Sources: Amazon EC2 User Guide (user data); CloudFormation User Guide (Fn::Sub, cfn-signal).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, mentions, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Text, Value, render

_LIMIT = 16_384
_TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")


def _scripts(case: Case) -> Iterator[tuple[Resource, Value, At]]:
    for kind in ("AWS::EC2::Instance", "AWS::AutoScaling::LaunchConfiguration"):
        for resource in case.world.of_type(kind):
            yield resource, resource.get("UserData"), ("UserData",)
    for resource in case.world.of_type("AWS::EC2::LaunchTemplate"):
        yield resource, resource.get("LaunchTemplateData", "UserData"), ("LaunchTemplateData", "UserData")


def known_part(value: Value) -> str:
    """The parts of a text that are known."""
    if isinstance(value, Text):
        return "".join(part for part in value.parts if isinstance(part, str))
    return value if isinstance(value, str) else ""


USER_DATA_TOO_LONG = Check(
    "user-data-too-long",
    found_when="user data is longer than 16 KB",
    explains="The known parts alone are counted, before encoding.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",),
)
PLACEHOLDER_NOT_RENDERED = Check(
    "placeholder-not-rendered",
    found_when="a start script or container environment holds ${…} that nothing replaces",
    explains="The name is a pseudo parameter, an attribute or a name of the template, and the text is not inside Fn::Sub.",
    may=(WARNING,),
    weighed="the deployment succeeds",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html",),
    replaces=("E1029",),
)
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


@finds(USER_DATA_TOO_LONG, PLACEHOLDER_NOT_RENDERED, SIGNAL_FOR_NOTHING)
def find_user_data(case: Case) -> Iterator[Finding]:
    """User data that is too long, has placeholders left in it, or signals a resource that does not exist."""
    for resource, value, at in _scripts(case):
        text = known_part(value)
        size = len(text.encode())
        if re.fullmatch(r"[A-Za-z0-9+/]+=*", text):  # written in base64 already
            size = size * 3 // 4
        if size > _LIMIT:
            yield refused(
                case, USER_DATA_TOO_LONG, [resource.address],
                f"the user data of {resource.address} has at least {size} bytes: User data is limited to {_LIMIT} bytes",
                "fetch the script from S3 in a few lines of user data, or compress it", at,
            )  # fmt: skip
        left = placeholders_in(case, resource, text)
        if left:
            yield broken(
                case, PLACEHOLDER_NOT_RENDERED, [resource.address],
                f"the user data of {resource.address} holds {listed(left)} literally: nothing replaces it, and the shell takes it "
                "for a variable of its own (or fails with 'bad substitution')", "wrap the text in Fn::Sub", at,
            )  # fmt: skip
        yield from _signals(case, resource, value, at)


def placeholders_in(case: Case, resource: Resource, text: str) -> list[str]:
    """`${…}` that name pseudo parameters, attributes or unrendered CDK tokens and are still there."""
    stack = case.world.stack(resource.address.stack)
    names = set(stack.resources) | set(stack.template.section("Parameters"))
    found = []
    for match in re.finditer(r"\$\{([A-Za-z][A-Za-z0-9:.]*)\}", text):
        name = match.group(1)
        first, dot, _ = name.partition(".")
        assigned = re.search(rf"(?<![\w]){re.escape(name)}=", text)
        if name.startswith("AWS::") or (dot and first in names) or (name in names and not assigned and not dot):
            found.append(match.group(0))
    return list(dict.fromkeys([*found, *_TOKEN.findall(text)]))


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
