"""A stack that stands -> its resources and those of the stacks nested in it, with what their deletion does.

Sources: API reference, ListStackResources, GetTemplate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from stackflight.aws.refusals import is_missing
from stackflight.model.deployed import Owned
from stackflight.model.event import STACK_TYPE

Policies: TypeAlias = Callable[[str], Mapping[str, str]]
"""Reads the DeletionPolicy of each logical id from a template's text."""


def take_inventory(client: Any, id: str, path: str, policies: Policies) -> Iterator[Owned]:
    """The resources of a stack that an ARN or a name calls; none where there is none."""
    try:
        pages = list(client.get_paginator("list_stack_resources").paginate(StackName=id))
    except ClientError as error:
        if is_missing(error):
            return
        raise
    known = policies(read_body(client, id))
    for one in (one for page in pages for one in page["StackResourceSummaries"]):
        logical, type, status = one["LogicalResourceId"], one["ResourceType"], one["ResourceStatus"]
        yield Owned(path, logical, type, status, known.get(logical, ""))
        child = one.get("PhysicalResourceId", "")
        if type == STACK_TYPE and child.startswith("arn:"):
            yield from take_inventory(client, child, f"{path}/{logical}", policies)


def read_body(client: Any, id: str) -> str:
    """The template of a stack as CloudFormation carried it out; empty where it may not be read or is gone."""
    try:
        body = client.get_template(StackName=id, TemplateStage="Processed").get("TemplateBody", "")
    except ClientError:
        return ""
    return body if isinstance(body, str) else json.dumps(body)
