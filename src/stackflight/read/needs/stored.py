"""A secret or parameter that somebody fetches -> the request that Secrets Manager or Systems Manager gets for it.

Source: Service Authorization Reference, AWS Secrets Manager and AWS Systems Manager (resource types); Amazon ECS Developer
Guide, pass sensitive data to an Amazon ECS container.
"""

from __future__ import annotations

import re

from stackflight.model.request import Request
from stackflight.model.template import World
from stackflight.model.value import Address, Value, known_text, references_in, render

_ACTIONS = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameters"}


def stored_request(world: World, store: str, source: Value) -> Request:
    """What the agent of a task asks for a value: a resource of the template, an ARN, or something that is not known."""
    for reference in references_in(source):
        resource = world.resources.get(reference.address)
        if resource is not None and resource.type in {"AWS::SecretsManager::Secret", "AWS::SSM::Parameter"}:
            return Request(_ACTIONS[store], arn_of_stored(world, reference.address), own=reference.address)
    text = render(source)
    match = re.match(r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+|arn:[^:]+:ssm:[^:]*:[^:]*:parameter/.+", text)
    if match:
        return Request(_ACTIONS[store], match.group(0))
    if store == "ssm" and re.fullmatch(r"/?[\w./-]+", text):
        return Request(_ACTIONS[store], f"arn:${{AWS::Partition}}:ssm:${{any}}:${{any}}:parameter/{text.lstrip('/')}")
    return Request(_ACTIONS[store])


def arn_of_stored(world: World, address: Address) -> str:
    """The ARN of a secret or parameter of the template, as far as its name is written down."""
    resource = world.resources[address]
    name = known_text(resource.get("Name"))
    if name is None:
        return "${any}"
    if resource.type == "AWS::SSM::Parameter":
        return f"arn:${{AWS::Partition}}:ssm:${{any}}:${{any}}:parameter/{name.lstrip('/')}"
    return f"arn:${{AWS::Partition}}:secretsmanager:${{any}}:${{any}}:secret:{name}-${{any}}"
