"""One Fargate service: task, roles, logs, configuration fetched before the start, and safe deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.host import CONFIG_FOLDER
from librechat_aws.parts.containers import asset_object_arn, container_image, fetch_command
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import PORTS, Tier

# LibreChat drains for 60 s after SIGTERM; Fargate kills after at most 120 s.
STOP_SECONDS = 90
_UNUSED_RIGHTS = (
    ecs.Capability.NET_RAW,
    ecs.Capability.MKNOD,
    ecs.Capability.AUDIT_WRITE,
    ecs.Capability.SETFCAP,
    ecs.Capability.SYS_CHROOT,
)


@dataclass(frozen=True)
class Program:
    """What runs in a service: component of versions.json, size, variables, health probe, files it needs.

    On arm64, unless only the other architecture is known of its image.
    """

    component: str
    tier: Tier
    cpu: int
    memory_mib: int
    environment: Mapping[str, str]
    secrets: Mapping[str, ecs.Secret]
    probe: Sequence[str]
    runtime: str | None = None
    files: Mapping[str, assets.Asset] = field(default_factory=dict)
    single_writer: bool = False
    command: Sequence[str] = ()
    architecture: ecs.CpuArchitecture = field(default_factory=lambda: ecs.CpuArchitecture.ARM64)


class FargateProgram(Construct):
    """A task definition and its service. `task_role` is for the program's own rights."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        program: Program,
        cluster: ecs.Cluster,
        network: Network,
        config: Config,
        discoverable: bool,
        grace: Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._program = program
        self._config = config
        self.logs = log_group(self, "Logs", config)
        self.task = ecs.FargateTaskDefinition(
            self,
            "Task",
            family=f"{config.name}-{program.component.replace('_', '-')}",
            cpu=program.cpu,
            memory_limit_mib=program.memory_mib,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=program.architecture,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        self.task_role: iam.IRole = self.task.task_role
        self.container = self._container()
        if program.files:
            self._fetch_first()
        writers = program.single_writer
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=self.task,
            platform_version=ecs.FargatePlatformVersion.VERSION1_4,
            vpc_subnets=network.app,
            security_groups=[network.groups.of(program.tier, self)],
            assign_public_ip=False,
            # A single writer must be gone before its successor opens the same files.
            min_healthy_percent=0 if writers else 100,
            max_healthy_percent=100 if writers else 200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            enable_execute_command=config.operations.shell,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            health_check_grace_period=grace,
            cloud_map_options=ecs.CloudMapOptions(name=program.component.replace("_", "-"), container=self.container)
            if discoverable
            else None,
        )

    @property
    def url(self) -> str:
        """Address of the service inside the VPC."""
        return (
            f"http://{self._program.component.replace('_', '-')}.{namespace(self._config)}:{PORTS[self._program.tier]}"
        )

    def _container(self) -> ecs.ContainerDefinition:
        program = self._program
        return self.task.add_container(
            "Main",
            container_name=program.component.replace("_", "-"),
            image=container_image(self, program.component, self._config),
            command=[*program.command] or None,
            environment=dict(program.environment),
            secrets=dict(program.secrets),
            # A new number is a new task definition, whose tasks read the secrets anew.
            docker_labels={"rotation": str(self._config.rotation)},
            port_mappings=[ecs.PortMapping(container_port=PORTS[program.tier])],
            logging=ecs.LogDrivers.aws_logs(stream_prefix=program.component, log_group=self.logs),
            stop_timeout=Duration.seconds(STOP_SECONDS),
            health_check=ecs.HealthCheck(
                command=["CMD", *program.probe],
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                retries=5,
                start_period=Duration.seconds(180),
            ),
            linux_parameters=self._linux(),
        )

    def _linux(self) -> ecs.LinuxParameters:
        """An init process, and none of the rights of root that no program here uses."""
        linux = ecs.LinuxParameters(self, "Linux", init_process_enabled=True)
        linux.drop_capabilities(*_UNUSED_RIGHTS)
        return linux

    def _fetch_first(self) -> None:
        program = self._program
        if program.runtime is None:
            raise AssertionError(f"{program.component} has files but no runtime to fetch them with")
        volume = "config"
        self.task.add_volume(name=volume)
        fetch = self.task.add_container(
            "Fetch",
            container_name="fetch-configuration",
            image=container_image(Construct(self, "FetchImage"), program.component, self._config),
            command=fetch_command(program.runtime),
            user="0",
            essential=False,
            environment={
                "FETCH_BUCKET": next(iter(program.files.values())).s3_bucket_name,
                "FETCH_FILES": " ".join(f"{asset.s3_object_key}={path}" for path, asset in program.files.items()),
            },
            logging=ecs.LogDrivers.aws_logs(stream_prefix="fetch", log_group=self.logs),
        )
        fetch.add_mount_points(ecs.MountPoint(container_path=CONFIG_FOLDER, source_volume=volume, read_only=False))
        self.container.add_mount_points(
            ecs.MountPoint(container_path=CONFIG_FOLDER, source_volume=volume, read_only=True)
        )
        self.container.add_container_dependencies(
            ecs.ContainerDependency(container=fetch, condition=ecs.ContainerDependencyCondition.SUCCESS)
        )
        for asset in program.files.values():
            self.task_role.add_to_principal_policy(
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[asset_object_arn(asset)])
            )


def namespace(config: Config) -> str:
    """The private DNS domain in which services find one another."""
    return f"{config.name}.internal"
