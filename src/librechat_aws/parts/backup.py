"""AWS Backup: every store that holds what cannot be built again, daily, kept for the configured days."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.parts.names import unique_name

# Backups of buckets have a policy of their own.
_POLICIES = ("service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup")


class BackupPlan(Construct):
    """A vault and a daily plan over `arns`."""

    def __init__(
        self, scope: Construct, id: str, *, arns: Sequence[str], config: Config, encryption_key: kms.IKey | None
    ) -> None:
        super().__init__(scope, id)
        vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=unique_name(self, config.name),
            encryption_key=encryption_key,
            # AWS Backup refuses to delete a vault that holds a recovery point, and the stack would stay as well.
            removal_policy=RemovalPolicy.RETAIN,
        )
        plan = backup.BackupPlan(self, "Plan", backup_vault=vault)
        plan.add_rule(
            backup.BackupPlanRule(
                rule_name="daily",
                schedule_expression=events.Schedule.cron(hour="3", minute="30"),
                start_window=Duration.hours(1),
                completion_window=Duration.hours(8),
                delete_after=Duration.days(config.operations.backup_days),
            )
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(name) for name in _POLICIES],
        )
        plan.add_selection("Stores", role=role, resources=[backup.BackupResource.from_arn(arn) for arn in arns])
