"""World -> findings on start scripts and environments: their length, and what nothing replaces in them.

Sources: Amazon EC2 User Guide (user data); CloudFormation User Guide (Fn::Sub, cfn-signal).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, refused
from stackflight.check.readers.scripts import known_part, start_scripts
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import as_dict, as_list, render
from stackflight.patterns import compile_later

_LIMIT = 16_384
_TOKEN = compile_later(r"\$\{Token\[[^\]]+\]\}")


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


@finds(USER_DATA_TOO_LONG, PLACEHOLDER_NOT_RENDERED)
def find_user_data(case: Case) -> Iterator[Finding]:
    """User data that is too long, or has placeholders left in it."""
    for resource, value, at in start_scripts(case):
        text = known_part(value)
        size = len(text.encode())
        if re.fullmatch(r"[A-Za-z0-9+/]+=*", text):  # written in base64 already
            size = size * 3 // 4
        if size > _LIMIT:
            yield refused(
                case, USER_DATA_TOO_LONG, [resource.address],
                f"the user data of {resource.address} has at least {size} bytes",
                "fetch the script from S3 in a few lines of user data, or compress it", at,
                says=aws_says("user-data-too-long", limit=_LIMIT),
            )  # fmt: skip
        left = placeholders_in(case, resource, text)
        if left:
            yield broken(
                case, PLACEHOLDER_NOT_RENDERED, [resource.address],
                f"the user data of {resource.address} holds {listed(left)} literally: nothing replaces it, and the shell takes it "
                "for a variable of its own (or fails with 'bad substitution')", "wrap the text in Fn::Sub", at,
            )  # fmt: skip


def placeholders_in(case: Case, resource: Resource, text: str) -> list[str]:
    """`${…}` that name pseudo parameters, attributes or unrendered CDK tokens and are still there."""
    stack = case.world.stack(resource.address.stack)
    parameters = stack.template.section("Parameters")
    found = []

    def known(name: str) -> bool:
        return name in stack.resources or name in parameters

    for match in re.finditer(r"\$\{([A-Za-z][A-Za-z0-9:.]*)\}", text):
        name = match.group(1)
        first, dot, _ = name.partition(".")
        assigned = re.search(rf"(?<![\w]){re.escape(name)}=", text)
        if name.startswith("AWS::") or (dot and known(first)) or (known(name) and not assigned and not dot):
            found.append(match.group(0))
    return list(dict.fromkeys([*found, *_TOKEN.findall(text)]))


@finds(PLACEHOLDER_NOT_RENDERED)
def find_placeholders_in_environments(case: Case) -> Iterator[Finding]:
    """Variables of containers that hold what nothing replaces."""
    for definition in case.world.of_type("AWS::ECS::TaskDefinition"):
        for index, container in enumerate(as_list(definition.get("ContainerDefinitions"))):
            for item in as_list(as_dict(container).get("Environment")):
                left = placeholders_in(case, definition, known_part(as_dict(item).get("Value")))
                if left:
                    yield broken(
                        case, PLACEHOLDER_NOT_RENDERED, [definition.address],
                        f"the variable {render(as_dict(item).get('Name'))} of {definition.address} holds {listed(left)} literally; "
                        "ECS does not replace it", "wrap the value in Fn::Sub", ("ContainerDefinitions", index, "Environment"),
                    )  # fmt: skip
