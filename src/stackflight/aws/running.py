"""After the last event: what runs is what was deployed, or why not.

An ECS service that its circuit breaker turned back to the former task definition leaves the stack UPDATE_COMPLETE.
Source: ECS API reference, Deployment (rolloutState).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stackflight.aws.refusals import translated
from stackflight.aws.session import Session


def find_differences(session: Session, stack_id: str) -> list[str]:
    """A sentence for each service of a stack that does not run what the stack holds. A name is one of the session's Region."""
    region = stack_id.split(":")[3] if stack_id.startswith("arn:") else session.region
    other = region if region != session.region else ""
    with translated():
        pages = (
            session.client("cloudformation", "", other)
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack_id)
        )
        held = [one for page in pages for one in page["StackResourceSummaries"]]
        services = [one for one in held if one["ResourceType"] == "AWS::ECS::Service" and one.get("PhysicalResourceId")]
        definitions = {
            one.get("PhysicalResourceId") for one in held if one["ResourceType"] == "AWS::ECS::TaskDefinition"
        }
        if not services:
            return []
        ecs = session.client("ecs", "", other)
        clusters = [one["PhysicalResourceId"] for one in held if one["ResourceType"] == "AWS::ECS::Cluster"]
        return [text for one in services for text in _judge(ecs, one, definitions, clusters or ["default"])]


def _judge(ecs: Any, summary: Any, definitions: set[str | None], clusters: list[str]) -> Iterator[str]:
    """`clusters` are where a service may be whose ARN is of the short form, without a cluster's name."""
    place, _, name = summary["PhysicalResourceId"].partition(":service/")[2].rpartition("/")
    named = [place] if place else clusters
    for service in (
        one for cluster in named for one in ecs.describe_services(cluster=cluster, services=[name])["services"]
    ):
        primary: dict[str, Any] = next(
            (one for one in service.get("deployments", []) if one.get("status") == "PRIMARY"), {}
        )
        running = primary.get("taskDefinition", "")
        if primary.get("rolloutState") == "FAILED":
            yield f"{summary['LogicalResourceId']}: its rollout failed: {primary.get('rolloutStateReason', 'no reason given')}"
        elif running and definitions and running not in definitions:
            yield f"{summary['LogicalResourceId']} runs {running.rpartition('/')[2]}, which is not the stack's task definition"
