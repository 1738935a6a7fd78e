"""World -> findings on alarms that can never fire, or that CloudWatch refuses.

Sources: Amazon CloudWatch User Guide (alarm evaluation); the metrics and dimensions that each service publishes.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, doubtful, named, refused
from stackflight.facts.load import read_table
from stackflight.model.finding import Finding, Phase
from stackflight.model.near import closest
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Value, as_dict, as_list, known_int, known_text, render, unknowns_in

_RISING = {"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"}
_PERCENT = {
    "CPUUtilization",
    "MemoryUtilization",
    "DiskSpaceUtilization",
    "EBSByteBalance%",
    "EBSIOBalance%",
    "PercentIOLimit",
}


ALARM_NEVER_FIRES = Check(
    "alarm-never-fires",
    found_when="an alarm watches a metric that has no data, or a threshold it cannot reach",
    explains="The dimension's value is not what the service publishes (an ARN instead of a name), a dimension is missing, namespace, metric or "
    "unit are not what the service writes, the period is shorter than the metric's, or the threshold lies beyond what the metric can be.",
    may=(WARNING,),
    weighed="the deployment succeeds",
    sources=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
    ),
)


@finds(ALARM_NEVER_FIRES)
def find_silent_alarms(case: Case) -> Iterator[Finding]:
    """Alarms whose metric has no data or never crosses the threshold."""
    for alarm in case.world.of_type("AWS::CloudWatch::Alarm"):
        namespace, metric = known_text(alarm.get("Namespace")), known_text(alarm.get("MetricName"))
        dimensions = alarm.get("Dimensions")
        if namespace is None or metric is None:
            continue
        if dimensions is not None and not isinstance(dimensions, list):
            continue
        for why, remedy, key in _misspelt(namespace, metric):
            yield doubtful(
                case,
                ALARM_NEVER_FIRES,
                [alarm.address],
                f"{alarm.address} sees no data: {why}",
                remedy,
                (key,),
                phase=Phase.RUN,
            )
        for why, remedy, key in _reasons(case, alarm, namespace, metric, as_list(dimensions)):
            yield broken(
                case, ALARM_NEVER_FIRES, [alarm.address], f"{alarm.address} can never fire: {why}", remedy, (key,)
            )


def _misspelt(namespace: str, metric: str) -> Iterator[tuple[str, str, str]]:
    """Names that no service publishes but for another spelling. Namespaces and metrics differ by case."""
    published = read_table("metrics")
    near = next(
        (item for item in published["namespaces"] if item.lower() == namespace.lower() and item != namespace), ""
    )
    if near:
        yield f"no service publishes in {namespace}; {near} is written otherwise", f"write {near}", "Namespace"
    if namespace == "AWS/EC2" and metric in published["of_the_agent"]:
        yield (
            f"{namespace} has no {metric}; the CloudWatch agent publishes it in a namespace of its own",
            "install the agent and set Namespace: CWAgent with its metric's name", "MetricName",
        )  # fmt: skip
    known = published["metrics"].get(namespace, [])
    close = next((item for item in known if item.lower() == metric.lower()), None) or closest(metric, known, 0.85)
    if known and metric not in known and close:
        yield (
            f"{namespace} publishes {close}, and {metric} is not among its metrics",
            f"write {close}",
            "MetricName",
        )


def _reasons(
    case: Case, alarm: Resource, namespace: str, metric: str, dimensions: list[Value]
) -> Iterator[tuple[str, str, str]]:
    known = read_table("metrics")
    names = {known_text(as_dict(item).get("Name")) for item in dimensions}
    for item in dimensions:
        name, value = known_text(as_dict(item).get("Name")), as_dict(item).get("Value")
        target = named(case, value)
        right = _right_value(namespace, name, value, target) if target is not None else None
        if right is not None and target is not None:
            write = f"Ref {target.address.id}" if right == "Ref" else f"Fn::GetAtt [{target.address.id}, {right}]"
            yield (
                f"the dimension {name} is {render(value)}, and {namespace} publishes {known['published_as'].get(right, 'its name')}",
                f"write {write}", "Dimensions",
            )  # fmt: skip
    demanded = known["demanded"].get(namespace)
    if demanded is not None and not names & set(demanded) and not unknowns_in(dimensions):
        yield (
            f"{namespace} publishes {metric} by {listed(demanded)} only, and the alarm has "
            f"{listed(sorted(item for item in names if item)) or 'no dimension'}",
            f"add the dimension {demanded[0]}", "Dimensions",
        )  # fmt: skip
    unit, published = known_text(alarm.get("Unit")), known["units"].get(namespace, {}).get(metric)
    if unit is not None and published is not None and unit != published:
        yield f"{namespace} publishes {metric} in {published}, and the alarm asks for {unit}", "remove Unit", "Unit"
    period = known_int(alarm.get("Period"))
    if namespace == "AWS/S3" and metric in known["daily"] and period is not None and period < 86_400:
        yield (
            f"S3 publishes {metric} once a day, and the alarm looks at periods of {period} s",
            "set Period: 86400",
            "Period",
        )
    yield from _threshold(case, alarm, namespace, metric, dimensions)


def _right_value(namespace: str, name: str | None, value: Value, target: Resource) -> str | None:
    """The attribute that a dimension's value is of a resource, where another one stands there."""
    for row in read_table("metrics")["values"]:
        if namespace in row["in"] and (name, target.type) == (row["dimension"], row["type"]):
            return str(row["but"]) if isinstance(value, Reference) and value.attribute in row["not"] else None
    return None


def _threshold(
    case: Case, alarm: Resource, namespace: str, metric: str, dimensions: list[Value]
) -> Iterator[tuple[str, str, str]]:
    text = known_text(alarm.get("Threshold"))
    try:
        threshold = float(text or "")
    except ValueError:
        return
    operator = known_text(alarm.get("ComparisonOperator"))
    statistic = known_text(alarm.get("Statistic")) or known_text(alarm.get("ExtendedStatistic")) or ""
    if operator not in _RISING or statistic in {"Sum", "SampleCount"}:
        return
    if (
        metric in _PERCENT
        and namespace.startswith("AWS/")
        and (threshold > 100 or (threshold == 100 and operator == "GreaterThanThreshold"))
        and namespace in {"AWS/EC2", "AWS/RDS", "AWS/ECS"}
        and not (namespace == "AWS/ECS" and threshold < 200)
    ):
        yield f"{metric} is a percentage, and the threshold is {text}", "choose a threshold below 100", "Threshold"
    if namespace == "AWS/ApplicationELB" and metric == "TargetResponseTime":
        idle = _idle_seconds(case, dimensions)
        if idle is not None and threshold >= idle:
            yield (
                f"{metric} is measured in seconds, the load balancer gives up after {idle} s (idle time-out), and the threshold is "
                f"{text}", "give the threshold in seconds", "Threshold",
            )  # fmt: skip


def _idle_seconds(case: Case, dimensions: list[Value]) -> int | None:
    """The idle time-out of the load balancer that the dimensions name; the longest one where it is not known."""
    for item in dimensions:
        balancer = named(case, as_dict(item).get("Value"), "AWS::ElasticLoadBalancingV2::LoadBalancer")
        if balancer is not None:
            for attribute in as_list(balancer.get("LoadBalancerAttributes")):
                if known_text(as_dict(attribute).get("Key")) == "idle_timeout.timeout_seconds":
                    return known_int(as_dict(attribute).get("Value"))
            return None if unknowns_in(balancer.get("LoadBalancerAttributes")) else 60
    return 4000


ALARM_REFUSED = Check(
    "alarm-refused",
    found_when="an alarm looks at more time than CloudWatch takes",
    explains="CloudWatch refuses it.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",),
)


@finds(ALARM_REFUSED)
def find_refused_alarms(case: Case) -> Iterator[Finding]:
    """Evaluation ranges that CloudWatch does not take."""
    for alarm in case.world.of_type("AWS::CloudWatch::Alarm"):
        period, count = known_int(alarm.get("Period")), known_int(alarm.get("EvaluationPeriods"))
        wrong, key = "", ""
        if period is not None and count is not None:
            longest = 604_800 if period >= 3600 else 86_400
            if period * count > longest:
                wrong = (
                    f"Metrics cannot be checked across more than {'a week' if longest > 86_400 else 'a day'} (EvaluationPeriods * "
                    f"Period must be <= {longest}; it is {period * count})"
                )
                key = "EvaluationPeriods"
        needed = known_int(alarm.get("DatapointsToAlarm"))
        if needed is not None and count is not None and needed > count:
            wrong, key = "DatapointsToAlarm must be less than or equal to EvaluationPeriods", "DatapointsToAlarm"
        if wrong:
            yield refused(
                case,
                ALARM_REFUSED,
                [alarm.address],
                f"{alarm.address} is refused: {wrong}",
                "shorten the evaluation range",
                (key,),
            )
