"""The volume of the databases that run on the instance, and its daily snapshots."""

from __future__ import annotations

from aws_cdk import CfnTag, RemovalPolicy, Size, Tags
from aws_cdk import aws_dlm as dlm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from librechat_aws.config import Config

SNAPSHOT_TAG = "LibreChatData"


class DataVolume(Construct):
    """An encrypted gp3 volume in the first zone; daily snapshots are kept `days` days, none if a backup plan has it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        gib: int,
        snapshot: str | None,
        days: int | None,
        zone: str,
        config: Config,
        encryption_key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        self.volume = ec2.Volume(
            self,
            "Volume",
            availability_zone=zone,
            size=Size.gibibytes(gib),
            snapshot_id=snapshot,
            volume_type=ec2.EbsDeviceVolumeType.GP3,
            encrypted=True,
            encryption_key=encryption_key,
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.SNAPSHOT,
        )
        if days is not None:
            self._snapshot_daily(days, config)

    def _snapshot_daily(self, days: int, config: Config) -> None:
        Tags.of(self.volume).add(SNAPSHOT_TAG, config.name)
        role = iam.Role(
            self,
            "SnapshotRole",
            assumed_by=iam.ServicePrincipal("dlm.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSDataLifecycleManagerServiceRole")
            ],
        )
        dlm.CfnLifecyclePolicy(
            self,
            "Snapshots",
            description=f"LibreChat {config.name} daily snapshots of the data volume",
            execution_role_arn=role.role_arn,
            state="ENABLED",
            policy_details=dlm.CfnLifecyclePolicy.PolicyDetailsProperty(
                resource_types=["VOLUME"],
                target_tags=[CfnTag(key=SNAPSHOT_TAG, value=config.name)],
                schedules=[
                    dlm.CfnLifecyclePolicy.ScheduleProperty(
                        name="daily",
                        copy_tags=True,
                        create_rule=dlm.CfnLifecyclePolicy.CreateRuleProperty(
                            interval=24, interval_unit="HOURS", times=["03:00"]
                        ),
                        retain_rule=dlm.CfnLifecyclePolicy.RetainRuleProperty(count=days),
                    )
                ],
            ),
        )
