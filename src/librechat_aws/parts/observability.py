"""Alarms with a topic, errors counted from LibreChat's log, and a dashboard."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.instance.render import METRICS_NAMESPACE
from librechat_aws.parts.watches import PERIOD, Watch


class Observability(Construct):
    """`topic` gets every alarm; `dashboard` shows the watched metrics and the last errors."""

    def __init__(
        self, scope: Construct, id: str, *, watches: Sequence[Watch], log_group: logs.ILogGroup, config: Config
    ) -> None:
        super().__init__(scope, id)
        watches = [*watches, self._errors(log_group, config)]
        self.topic: sns.Topic | None = self._topic(config) if config.operations.alarms else None
        if self.topic is not None:
            for watch in watches:
                self._alarm(watch, self.topic)
        self.dashboard = self._dashboard(watches, log_group) if config.operations.dashboard else None

    def _topic(self, config: Config) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", display_name=f"LibreChat {config.name}", enforce_ssl=True)
        topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        if config.operations.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(config.operations.alarm_email))
        return topic

    def _errors(self, log_group: logs.ILogGroup, config: Config) -> Watch:
        """LibreChat logs JSON with a level; the filter reports zero where there is no error."""
        errors = logs.MetricFilter(
            self,
            "Errors",
            log_group=log_group,
            metric_namespace=METRICS_NAMESPACE,
            metric_name=f"{config.name}-errors",
            filter_pattern=logs.FilterPattern.string_value("$.level", "=", "error"),
            metric_value="1",
            default_value=0,
        )
        metric = errors.metric(period=PERIOD, statistic="Sum")
        return Watch("LoggedErrors", "LibreChat logs many errors", metric, 20)

    def _alarm(self, watch: Watch, topic: sns.Topic) -> None:
        comparison = cloudwatch.ComparisonOperator
        missing = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            watch.id,
            alarm_description=f"LibreChat: {watch.why}",
            metric=watch.metric,
            threshold=watch.threshold,
            evaluation_periods=watch.minutes,
            comparison_operator=comparison.LESS_THAN_THRESHOLD
            if watch.below
            else comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing.BREACHING if watch.silence_is_bad else missing.NOT_BREACHING,
        )
        action = actions.SnsAction(topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)

    def _dashboard(self, watches: Sequence[Watch], log_group: logs.ILogGroup) -> cloudwatch.Dashboard:
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.hours(6))
        for start in range(0, len(watches), 4):
            dashboard.add_widgets(
                *(
                    cloudwatch.GraphWidget(title=watch.id, left=[watch.metric], width=6, height=5)
                    for watch in watches[start : start + 4]
                )
            )
        dashboard.add_widgets(
            cloudwatch.LogQueryWidget(
                title="Last errors",
                log_group_names=[log_group.log_group_name],
                query_lines=[
                    "fields @timestamp, message",
                    'filter level = "error"',
                    "sort @timestamp desc",
                    "limit 50",
                ],
                width=24,
                height=8,
            )
        )
        return dashboard
