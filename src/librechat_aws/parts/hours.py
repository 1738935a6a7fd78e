"""Down at the end of the hours and up at their beginning: tasks of services, or the one instance.

Stores, load balancer and ways out stay and cost; whoever comes outside the hours gets an error of the load balancer.
"""

from __future__ import annotations

from aws_cdk import TimeZone
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ecs as ecs

from librechat_aws.config import Hours


def sleep_ecs(target: ecs.ScalableTaskCount, least: int, most: int, hours: Hours) -> None:
    """No task outside the hours, `least` to `most` within."""
    zone = TimeZone.of(hours.time_zone)
    for id, (hour, minute), (fewest, highest) in (("Wake", hours.start, (least, most)), ("Sleep", hours.end, (0, 0))):
        target.scale_on_schedule(
            id,
            schedule=scaling.Schedule.cron(week_day=hours.days, hour=str(hour), minute=str(minute)),
            time_zone=zone,
            min_capacity=fewest,
            max_capacity=highest,
        )


def sleep_instance(group: autoscaling.AutoScalingGroup, hours: Hours) -> None:
    """No instance outside the hours; its data volume stays."""
    for id, (hour, minute), count in (("Wake", hours.start, 1), ("Sleep", hours.end, 0)):
        group.scale_on_schedule(
            id,
            schedule=autoscaling.Schedule.cron(week_day=hours.days, hour=str(hour), minute=str(minute)),
            time_zone=hours.time_zone,
            min_capacity=count,
            max_capacity=count,
        )
