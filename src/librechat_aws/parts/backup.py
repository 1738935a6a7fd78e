"""AWS Backup: every store that holds what cannot be built again, daily, kept for the configured days."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from constructs import Construct

from librechat_aws.config import Config


class BackupPlan(Construct):
    """A vault and a daily plan over `arns`."""

    def __init__(
        self, scope: Construct, id: str, *, arns: Sequence[str], config: Config, encryption_key: kms.IKey | None
    ) -> None:
        super().__init__(scope, id)
        vault = backup.BackupVault(
            self,
            "Vault",
            encryption_key=encryption_key,
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
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
        plan.add_selection("Stores", resources=[backup.BackupResource.from_arn(arn) for arn in arns])
