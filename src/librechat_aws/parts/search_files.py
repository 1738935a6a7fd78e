"""The file system on which Meilisearch keeps its index."""

from __future__ import annotations

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from librechat_aws.parts.fargate import FargateProgram
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import Tier


class SearchFiles(Construct):
    """An encrypted EFS file system with one access point and a mount target in every zone."""

    FOLDER: Final = "/meili_data"

    def __init__(self, scope: Construct, id: str, *, network: Network, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        self.file_system = efs.FileSystem(
            self,
            "FileSystem",
            vpc=network.vpc,
            vpc_subnets=network.data,
            security_group=network.groups.of(Tier.SEARCH_FILES, self),
            encrypted=True,
            kms_key=encryption_key,
            throughput_mode=efs.ThroughputMode.ELASTIC,
            lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS,
            # The index can be built again from the conversations.
            removal_policy=RemovalPolicy.DESTROY,
            allow_anonymous_access=False,
        )
        self.access_point = self.file_system.add_access_point(
            "Index",
            path="/meilisearch",
            create_acl=efs.Acl(owner_uid="1001", owner_gid="1001", permissions="750"),
            posix_user=efs.PosixUser(uid="1001", gid="1001"),
        )

    def mount(self, program: FargateProgram) -> None:
        """Attach the index to a task, over TLS and by the task's role."""
        program.task.add_volume(
            name="index",
            efs_volume_configuration=ecs.EfsVolumeConfiguration(
                file_system_id=self.file_system.file_system_id,
                transit_encryption="ENABLED",
                authorization_config=ecs.AuthorizationConfig(
                    access_point_id=self.access_point.access_point_id, iam="ENABLED"
                ),
            ),
        )
        program.container.add_mount_points(
            ecs.MountPoint(container_path=self.FOLDER, source_volume="index", read_only=False)
        )
        program.task_role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                resources=[self.file_system.file_system_arn],
                conditions={"StringEquals": {"elasticfilesystem:AccessPointArn": self.access_point.access_point_arn}},
            )
        )
