"""A Meilisearch task that starts has an empty index: LibreChat is started anew, and fills it.

The index lies on the task's own disk. It is a memory-mapped store, which a network file system slows down and breaks,
and what it holds is in the conversations.
"""

from __future__ import annotations

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as steps
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from librechat_aws.parts.fargate import FargateProgram


class SearchRefill(Construct):
    """A rule for Meilisearch tasks that got healthy, and the state machine that deploys LibreChat once more."""

    def __init__(
        self, scope: Construct, id: str, *, cluster: ecs.Cluster, search: FargateProgram, librechat: FargateProgram
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        service = stack.format_arn(
            service="ecs",
            resource="service",
            resource_name=f"{cluster.cluster_name}/{librechat.service.service_name}",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        restart = tasks.CallAwsService(
            self,
            "Restart",
            service="ecs",
            action="updateService",
            parameters={
                "Cluster": cluster.cluster_name,
                "Service": librechat.service.service_name,
                "ForceNewDeployment": True,
            },
            iam_resources=[service],
        )
        machine = steps.StateMachine(
            self,
            "Machine",
            definition_body=steps.DefinitionBody.from_chainable(restart),
            timeout=Duration.minutes(5),
        )
        # Its rights are a policy of its own: what calls the machine must not come before them.
        rule = events.Rule(
            self,
            "Started",
            description="A task of Meilisearch is healthy: its index is empty",
            event_pattern=events.EventPattern(
                source=["aws.ecs"],
                detail_type=["ECS Task State Change"],
                detail={
                    "clusterArn": [cluster.cluster_arn],
                    "group": [f"service:{search.service.service_name}"],
                    "lastStatus": ["RUNNING"],
                    "desiredStatus": ["RUNNING"],
                    "healthStatus": ["HEALTHY"],
                },
            ),
        )
        role = iam.Role(self, "RuleRole", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
        rule.add_target(targets.SfnStateMachine(machine, role=role))
        rule.node.add_dependency(librechat.service)
