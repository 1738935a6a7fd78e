"""The table of contents: three stacks, deployed in this order and removed in the other; a fourth where CloudFront needs it.

<name>-network   VPC, ways out, who may talk to whom
<name>-data      keys, secrets, databases, cache, files; complete when the databases are ready for use
<name>-edge      in us-east-1: certificate and web ACL of CloudFront, where the settings have them made
<name>-app       front door and services; can be replaced without touching data
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from aws_cdk import Environment, Stack, Tags
from constructs import Construct

from librechat_aws.config import CloudFront, Config, Ec2, Ecs, WebFunction
from librechat_aws.parts.budget import monthly_budget
from librechat_aws.parts.compute_ec2 import InstanceApplication
from librechat_aws.parts.compute_ecs import EcsApplication
from librechat_aws.parts.compute_web import WebApplication
from librechat_aws.parts.data import Data
from librechat_aws.parts.edge import REGION, Edge, needs_edge
from librechat_aws.parts.front_door import FrontDoor
from librechat_aws.parts.logs_key import encrypt_logs, logs_key
from librechat_aws.parts.network import Network
from librechat_aws.parts.observability import Observability
from librechat_aws.parts.outputs import Served, describe, shell_outputs, web_outputs
from librechat_aws.parts.replacement import keep_what_is_replaced
from librechat_aws.parts.user_pool import Login
from librechat_aws.parts.watches import data_watches, ecs_watches, front_door_watches, instance_watches
from librechat_aws.parts.web_firewall import WebFirewall


class NetworkStack(Stack):
    """Everything that must exist before anything is reachable."""

    def __init__(self, scope: Construct, *, config: Config) -> None:
        super().__init__(
            scope,
            "Network",
            stack_name=f"{config.name}-network",
            description="LibreChat: network",
            termination_protection=config.operations.termination_protection,
        )
        self.network = Network(self, "Network", config=config)
        self.logs_key = logs_key(self, config)
        # Exported whether something imports them or not: what is imported cannot go, and a setting that moves the load
        # balancer to other subnets would end at the export of those that it leaves.
        for id in self.network.ids:
            self.export_value(id)


class DataStack(Stack):
    """Everything that must outlive the application."""

    def __init__(self, scope: Construct, *, config: Config, network: Network) -> None:
        super().__init__(
            scope,
            "Data",
            stack_name=f"{config.name}-data",
            description="LibreChat: data",
            termination_protection=config.operations.termination_protection,
        )
        self.data = Data(self, "Data", network=network, config=config)
        keep_what_is_replaced(self)


class EdgeStack(Stack):
    """What CloudFront takes from us-east-1 alone."""

    def __init__(self, scope: Construct, *, config: Config) -> None:
        super().__init__(
            scope,
            "Edge",
            env=Environment(region=REGION),
            stack_name=f"{config.name}-edge",
            description="LibreChat: certificate and firewall of CloudFront",
            termination_protection=config.operations.termination_protection,
        )
        Edge(self, "Edge", config=config)
        encrypt_logs(self, logs_key(self, config))
        keep_what_is_replaced(self)


class AppStack(Stack):
    """Everything that serves people."""

    def __init__(self, scope: Construct, *, config: Config, network: Network, data: Data) -> None:
        super().__init__(
            scope,
            "App",
            stack_name=f"{config.name}-app",
            description="LibreChat: application",
            termination_protection=config.operations.termination_protection,
        )
        served = self._serve(network, data, config)
        watches = [*served.watches, *data_watches(data, config)]
        operations = config.operations
        observability = None
        if operations.alarms or operations.dashboard:
            observability = Observability(self, "Observability", watches=watches, log_group=served.logs, config=config)
        if operations.monthly_budget_usd and operations.alarm_email:
            monthly_budget(
                self, "Budget", usd=operations.monthly_budget_usd, email=operations.alarm_email, config=config
            )
        files = data.files.bucket.bucket_name
        pool = data.user_pool.pool.user_pool_id if data.user_pool else None
        describe(self, served=served, files=files, pool=pool, observability=observability, config=config)

    def _serve(self, network: Network, data: Data, config: Config) -> Served:
        """LibreChat itself, and the way in."""
        access_logs = data.access_logs.bucket if data.access_logs else None
        match config.compute:
            case WebFunction() as compute:
                address = config.entry.own_address if isinstance(config.entry, CloudFront) else ""
                web = WebApplication(
                    self,
                    "Application",
                    compute=compute,
                    network=network,
                    data=data,
                    further=self._login(address, data, config),
                    config=config,
                    access_logs=access_logs,
                )
                return Served(web.front.origin, web.logs, (), web_outputs(web))
            case Ecs() | Ec2():
                door = FrontDoor(self, "FrontDoor", network=network, config=config, access_logs=access_logs)
                if config.operations.web_firewall:
                    WebFirewall(self, "WebFirewall", load_balancer=door.load_balancer, config=config)
                return self._behind(door, network, data, config)
            case _ as never:
                assert_never(never)

    def _login(self, origin: str, data: Data, config: Config) -> Mapping[str, str]:
        """What LibreChat is told of the user pool, where there is one."""
        if data.user_pool is None:
            return {}
        return Login(self, "Login", pool=data.user_pool.pool, origin=origin, data=data, config=config).variables

    def _behind(self, door: FrontDoor, network: Network, data: Data, config: Config) -> Served:
        """The modes that have a load balancer."""
        further = self._login(door.origin, data, config)
        match config.compute:
            case Ecs() as compute:
                tasks = EcsApplication(
                    self,
                    "Application",
                    compute=compute,
                    network=network,
                    data=data,
                    front_door=door,
                    further=further,
                    config=config,
                )
                watches = [*front_door_watches(door, config), *ecs_watches(tasks)]
                return Served(door.origin, tasks.librechat.logs, watches, shell_outputs(tasks, config))
            case Ec2() as machine:
                instance = InstanceApplication(
                    self,
                    "Application",
                    compute=machine,
                    network=network,
                    data=data,
                    front_door=door,
                    further=further,
                    config=config,
                )
                watches = [*front_door_watches(door, config), *instance_watches(instance)]
                return Served(door.origin, instance.logs, watches, shell_outputs(instance, config))
            case WebFunction():
                raise AssertionError("a web function has no load balancer")
            case _ as never:
                assert_never(never)


def build_stacks(scope: Construct, config: Config) -> None:
    """Add the stacks of one deployment to a CDK app."""
    network = NetworkStack(scope, config=config)
    data = DataStack(scope, config=config, network=network.network)
    data.add_stack_dependency(network)
    app = AppStack(scope, config=config, network=network.network, data=data.data)
    app.add_stack_dependency(data)
    if needs_edge(config):
        app.add_stack_dependency(EdgeStack(scope, config=config))
    for stack in (network, data, app):
        encrypt_logs(stack, network.logs_key)
    for key, value in (("Application", "LibreChat"), ("Deployment", config.name), *config.tags):
        Tags.of(scope).add(key, value)
