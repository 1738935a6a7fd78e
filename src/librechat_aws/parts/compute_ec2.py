"""EC2 mode: one Graviton instance that runs every container, kept alive by an auto scaling group of one.

The group ends the old instance before it starts the new one, because the data volume can be attached only once.
It is complete when the instance has signalled that LibreChat answers on /readyz.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, Stack, Tags
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from librechat_aws import config as c
from librechat_aws import host
from librechat_aws.environment import Surroundings, arrives_encrypted, proxies
from librechat_aws.instance.render import METRICS_NAMESPACE, READY_SECONDS, Instance, render_user_data
from librechat_aws.librechat_yaml import librechat_yaml
from librechat_aws.parts.bedrock import allow_models
from librechat_aws.parts.ca_bundle import ca_bundle_text
from librechat_aws.parts.containers import asset_object_arn
from librechat_aws.parts.data import Data
from librechat_aws.parts.front_door import FrontDoor
from librechat_aws.parts.hours import sleep_instance
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import Tier

_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
# Packages, images, volume and start; longer than the script's own wait for /readyz.
SIGNAL_TIMEOUT = Duration.seconds(READY_SECONDS + 900)


class InstanceApplication(Construct):
    """The running application; `group` is the auto scaling group, `logs` what its containers write."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        compute: c.Ec2,
        network: Network,
        data: Data,
        front_door: FrontDoor,
        further: Mapping[str, str],
        config: c.Config,
    ) -> None:
        super().__init__(scope, id)
        self._config, self._data, self._compute = config, data, compute
        self._further = further
        self._secrets: dict[str, secretsmanager.ISecret] = {}
        self.logs = log_group(self, "Logs", config)
        self._files = {
            "rds-global-bundle.pem": self._file("CaBundle", "rds-global-bundle.pem", ca_bundle_text(config)),
            "librechat.yaml": self._file("LibreChatYaml", "librechat.yaml", librechat_yaml(config, files_in_s3=True)),
        }
        containers = host.host_containers(
            config, self._surroundings(front_door), data.vectors.host if data.vectors else None
        )
        for name, text in host.programs_of(containers).items():
            self._files[name] = self._file(name, name, text)
        self.role = self._role(containers)
        self.group = self._group(compute, network)
        user_data = render_user_data(
            self._instance(self.group), containers, image=self._image, secret_arn=lambda id: self._secret(id).secret_arn
        )
        self._user_data.add_commands(user_data.partition("\n")[2])
        self.group.attach_to_application_target_group(front_door.targets)
        # An instance that starts before its rights exist would fail; the role does not imply its policy.
        self.group.node.add_dependency(front_door.listener, self.role)

    def _surroundings(self, front_door: FrontDoor) -> Surroundings:
        return Surroundings(
            origin=front_door.origin,
            secure=arrives_encrypted(self._config.entry),
            proxies=proxies(self._config.entry),
            region=Stack.of(self).region,
            bucket=self._data.files.bucket.bucket_name,
            cache_uri=self._data.cache.uri if self._data.cache else None,
            rag_api_url=None,
            search_url=None,
            config_path=host.LIBRECHAT_YAML_PATH,
            further=self._further,
        )

    def _instance(self, group: autoscaling.AutoScalingGroup) -> Instance:
        stack = Stack.of(self)
        volume = self._data.volume
        return Instance(
            region=stack.region,
            stack=stack.stack_name,
            resource=stack.get_logical_id(_cfn_group(group)),
            log_group=self.logs.log_group_name,
            bucket=next(iter(self._files.values())).s3_bucket_name,
            files={name: asset.s3_object_key for name, asset in self._files.items()},
            volume=volume.volume.volume_id if volume else "",
            volume_gib=self._compute.data_volume_gib or 0,
            rotation=self._config.rotation,
            ecr_registry=f"{stack.account}.dkr.ecr.{stack.region}.{stack.url_suffix}"
            if self._config.images_from_private_ecr
            else "",
            metrics=_sends_metrics(self._config),
        )

    def _group(self, compute: c.Ec2, network: Network) -> autoscaling.AutoScalingGroup:
        self._user_data = ec2.UserData.for_linux(shebang="#!/bin/bash")
        template = ec2.LaunchTemplate(
            self,
            "Template",
            # Resolved when an instance starts: a newer image never replaces a running instance.
            machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(_IMAGE),
            instance_type=ec2.InstanceType(compute.instance_type),
            key_pair=ec2.KeyPair.from_key_pair_name(self, "KeyPair", compute.key_pair) if compute.key_pair else None,
            role=self.role,
            security_group=network.groups.of(Tier.LIBRECHAT, self),
            user_data=self._user_data,
            require_imdsv2=True,
            # Containers are one hop further away than the host.
            http_put_response_hop_limit=2,
            detailed_monitoring=self._config.protected,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        compute.volume_gib, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=network.vpc,
            vpc_subnets=network.first_app_subnet if compute.data_volume_gib else network.app,
            launch_template=template,
            min_capacity=1,
            max_capacity=1,
            signals=autoscaling.Signals.wait_for_count(1, timeout=SIGNAL_TIMEOUT),
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                min_instances_in_service=0, max_batch_size=1, wait_on_resource_signals=True, pause_time=SIGNAL_TIMEOUT
            ),
            group_metrics=[autoscaling.GroupMetrics.all()],
        )
        if self._config.hours is not None:
            sleep_instance(group, self._config.hours)
        Tags.of(group).add("Name", self._config.name)
        return group

    def _role(self, containers: tuple[host.HostContainer, ...]) -> iam.Role:
        stack, config = Stack.of(self), self._config
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("AmazonSSMManagedInstanceCore")],
        )
        models = [*config.chat.models, *([config.chat.embedding_model] if config.rag else [])]
        role.add_to_policy(allow_models(stack, models, streaming=True))
        objects = [asset_object_arn(asset) for asset in self._files.values()]
        role.add_to_policy(iam.PolicyStatement(sid="Configuration", actions=["s3:GetObject"], resources=objects))
        for id in sorted({variable.secret for each in containers for variable in each.secrets.values()}):
            self._secret(id).grant_read(role)
        self.logs.grant_write(role)
        self._data.files.allow_use(role)
        self._data.allow_key_use(role)
        if self._data.volume is not None:
            _allow_attachment(role, stack, self._data.volume.volume.volume_id, config.name)
            self._data.allow_key_grants(role)
        if config.images_from_private_ecr:
            for each in containers:
                name = each.image.mirror_repository
                ecr.Repository.from_repository_name(self, f"{each.name}-images", name).grant_pull(role)
        if _sends_metrics(config):
            role.add_to_policy(
                iam.PolicyStatement(
                    sid="AgentMetrics",
                    actions=["cloudwatch:PutMetricData"],
                    resources=["*"],
                    conditions={"StringEquals": {"cloudwatch:namespace": METRICS_NAMESPACE}},
                )
            )
        return role

    def _secret(self, id: str) -> secretsmanager.ISecret:
        if id not in self._secrets:
            self._secrets[id] = self._data.imported_secret(self, id)
        return self._secrets[id]

    def _image(self, container: host.HostContainer) -> str:
        if not self._config.images_from_private_ecr:
            return container.image.reference
        stack = Stack.of(self)
        registry = f"{stack.account}.dkr.ecr.{stack.region}.{stack.url_suffix}"
        return f"{registry}/{container.image.mirror_repository}:{container.image.tag}"

    def _file(self, id: str, name: str, text: str) -> assets.Asset:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text, "utf-8")
            return assets.Asset(self, id, path=str(path))


def _sends_metrics(config: c.Config) -> bool:
    return config.operations.dashboard or config.operations.alarms


def _cfn_group(group: autoscaling.AutoScalingGroup) -> autoscaling.CfnAutoScalingGroup:
    child = group.node.default_child
    if not isinstance(child, autoscaling.CfnAutoScalingGroup):
        raise AssertionError("an auto scaling group has a resource of its type")
    return child


def _allow_attachment(role: iam.Role, stack: Stack, volume_id: str, name: str) -> None:
    volume = stack.format_arn(service="ec2", resource="volume", resource_name=volume_id)
    instances = stack.format_arn(service="ec2", resource="instance", resource_name="*")
    role.add_to_policy(iam.PolicyStatement(actions=["ec2:AttachVolume"], resources=[volume]))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["ec2:AttachVolume"],
            resources=[instances],
            conditions={"StringEquals": {"aws:ResourceTag/Deployment": name}},
        )
    )
    role.add_to_policy(iam.PolicyStatement(actions=["ec2:DescribeVolumes"], resources=["*"]))
