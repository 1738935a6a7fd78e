"""LibreChat's admin panel: a Fargate service that speaks to LibreChat alone, under a host name of its own.

The panel keeps nothing: people log in with their account at LibreChat, which lets administrators do what they do here.
Source: README, Dockerfile and server of ClickHouse/librechat-admin-panel.
"""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.environment import admin_panel_environment
from librechat_aws.parts.data import Data
from librechat_aws.parts.fargate import FargateProgram, Program
from librechat_aws.parts.front_door import FrontDoor
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import PORTS, Tier
from librechat_aws.parts.secrets import ADMIN_SESSION

_PROBE = ("bun", "-e", "fetch('http://127.0.0.1:3000/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))")


class AdminPanel(FargateProgram):
    """The smallest task there is, behind the same load balancer as LibreChat, which tells them apart by host name."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        panel: c.AdminPanel,
        librechat: FargateProgram,
        front_door: FrontDoor,
        cluster: ecs.Cluster,
        network: Network,
        data: Data,
        config: c.Config,
    ) -> None:
        session = data.for_container(scope, ADMIN_SESSION.id, ADMIN_SESSION.generated)
        program = Program(
            component="admin_panel",
            tier=Tier.ADMIN_PANEL,
            cpu=256,
            memory_mib=512,
            environment=admin_panel_environment(origin=front_door.origin, librechat=librechat.url),
            secrets={"SESSION_SECRET": session},
            probe=_PROBE,
            # Nobody states that its image has another one.
            architecture=ecs.CpuArchitecture.X86_64,
        )
        super().__init__(
            scope,
            id,
            program=program,
            cluster=cluster,
            network=network,
            config=config,
            discoverable=False,
            grace=Duration.seconds(120),
        )
        targets = elb.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=network.vpc,
            port=PORTS[Tier.ADMIN_PANEL],
            protocol=elb.ApplicationProtocol.HTTP,
            target_type=elb.TargetType.IP,
            health_check=elb.HealthCheck(path="/health", healthy_http_codes="200"),
        )
        rule = elb.ApplicationListenerRule(
            self,
            "ByHost",
            listener=front_door.listener,
            priority=10,
            conditions=[elb.ListenerCondition.host_headers([panel.domain])],
            target_groups=[targets],
        )
        self.service.attach_to_application_target_group(targets)
        self.service.node.add_dependency(rule)
        self.service.node.add_dependency(librechat.service)
