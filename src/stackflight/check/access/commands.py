"""SDK calls written as JSON -> the IAM actions that they need.

Sources: aws-cdk-lib custom-resources (AwsSdkCall); Service Authorization Reference.
"""

from __future__ import annotations

from stackflight.facts.calls import action_of
from stackflight.facts.services import prefixes_of


def action_of_call(service: str, operation: str) -> str:
    """The IAM action of an AwsSdkCall: `service` and `action` as either version of the SDK names them."""
    package = service.removeprefix("@aws-sdk/client-")
    prefix = prefixes_of("classes").get(service) or prefixes_of("package").get(package, "")
    name = operation.removesuffix("Command")
    return action_of(prefix, name[:1].upper() + name[1:])
