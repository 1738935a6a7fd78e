"""Alarms, canaries, web ACLs, functions, APIs, state machines, user pools, parameters and authorities."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import ASSUMED, HOURS
from stackflight.model.template import Resource
from stackflight.model.value import as_list, dig, known_flag, known_text
from stackflight.patterns import compile_later
from stackflight.price.meters.network import traffic_out
from stackflight.price.reading import Missing, Reading, Said, Scene, hourly, number_of, why_unknown

_STANDARD_PERIOD = 60
_YEAR, _MONTH_DAYS = Decimal(360), 30
_RATE = compile_later(r"rate\((?P<number>\d+) (?P<unit>minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
_PLANS = {"LITE": "Lite", "ESSENTIALS": "Essentials", "PLUS": "Plus"}
# Source: Cognito pricing, the steps of the plan Lite, the free users among the first.
_LITE_STEPS = (("first 100k", 100_000), ("next 900k", 900_000), ("next 9M", 9_000_000), ("over 10M", None))


def measure_alarm(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """An alarm is paid for each metric that it looks at; below a minute by more."""
    metrics = [one for one in as_list(resource.get("Metrics")) if dig(one, "MetricStat") is not None]
    period = number_of(resource.get("Period") or (dig(metrics[0], "MetricStat", "Period") if metrics else None))
    fast = period is not None and period < _STANDARD_PERIOD
    yield Reading(f"CloudWatch/Alarm, {'high' if fast else 'standard'} resolution", Decimal(max(len(metrics), 1)))


def measure_log_group(resource: Resource, scene: Scene) -> Iterator[Said]:
    """What is written, and what has been kept of it after a year: all of the retention, at most twelve months."""
    yield scene.use("CloudWatch Logs/Ingestion", "logs_gb", item="logs written")
    days = number_of(resource.get("RetentionInDays"), _YEAR) or _YEAR
    months = min(days, _YEAR) / Decimal(_MONTH_DAYS)
    kept = scene.usage["logs_gb"] * months
    note = "logs are counted as kept for as long as the longest retention says, at most a year"
    yield Reading("CloudWatch Logs/Storage", kept, "logs kept", ASSUMED, assumes=("logs_gb",), note=note, shared=True)


def measure_web_acl(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The list, its rules, and what passes."""
    yield Reading("WAF/Web ACL", Decimal(1))
    rules = len(as_list(resource.get("Rules")))
    if rules:
        yield Reading("WAF/Rule or managed rule group", Decimal(rules), f"{rules} rule{'s' * (rules != 1)}")
    yield scene.use("WAF/Requests", "requests_millions")


def measure_function(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The calls of a function and the memory that they hold while they run."""
    memory = number_of(resource.get("MemorySize"), 128)
    if memory is None:
        yield Missing("its memory is not known")
        return
    chip = "ARM (first 7.5B)" if _is_arm(resource) else "x86 (first 6B)"
    calls = scene.usage["function_calls_thousands"] * 1000
    seconds = calls * scene.usage["function_seconds"] * memory / 1024
    yield Reading("Lambda/Requests", calls / 1_000_000, "calls", ASSUMED, assumes=("function_calls_thousands",))
    keys = ("function_calls_thousands", "function_seconds")
    yield Reading(f"Lambda/Duration {chip}", seconds, f"{memory:f} MB while it runs", ASSUMED, assumes=keys)


def measure_provisioned(resource: Resource, scene: Scene) -> Iterator[Said]:
    """Functions kept warm are paid by their memory, all month, whether they are called or not."""
    kept = resource.get("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    if resource.get("ProvisionedConcurrencyConfig") is None:
        return
    function, number = scene.behind(resource.get("FunctionName")), number_of(kept)
    if number is None:
        yield why_unknown(kept, "how many are kept warm")
        return
    memory = number_of(function.get("MemorySize"), 128) if function else None
    if function is None or memory is None:
        yield Missing("the memory of its function is not known")
        return
    chip = "ARM" if _is_arm(function) else "x86"
    seconds = number * memory / 1024 * HOURS * 3600
    yield Reading(f"Lambda/Provisioned concurrency {chip}", seconds, f"{number:f} × {memory:f} MB kept warm")


def _is_arm(function: Resource) -> bool:
    return [known_text(one) for one in as_list(function.get("Architectures"))] == ["arm64"]


def measure_canary(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """The runs of a month, as the schedule says; one that is started by hand runs once."""
    given = resource.get("Schedule", "Expression")
    match = _RATE.fullmatch((known_text(given) or "").strip())
    if match is None:
        yield (
            why_unknown(given, "how often it runs")
            if known_text(given) is None
            else Missing("how often it runs is said by a cron expression")
        )
        return
    minutes = int(match["number"]) * _MINUTES[match["unit"]]
    runs = HOURS * 60 / minutes if minutes else Decimal(1)
    yield Reading("CloudWatch/Canary run", runs, "runs")


def measure_user_pool(resource: Resource, scene: Scene) -> Iterator[Said]:
    """Everybody who signs in during the month, at the price of the pool's plan, which is Essentials unless given."""
    given = resource.get("UserPoolTier")
    plan = _PLANS.get(known_text(given) or ("ESSENTIALS" if given is None else ""))
    if plan is None:
        yield why_unknown(given, "its plan")
        return
    guarded = known_text(resource.get("UserPoolAddOns", "AdvancedSecurityMode")) or "OFF"
    if plan != "Plus" and guarded != "OFF":
        yield Missing("threat protection outside of the plan Plus has no price here")
    users = scene.usage["users"]
    if plan != "Lite":
        yield scene.use(f"Cognito/{plan}", "users", shared=False, item="people who sign in")
        return
    for step, limit in _LITE_STEPS:
        counted = users if limit is None else min(users, Decimal(limit))
        users -= counted
        if counted:
            yield Reading(f"Cognito/Lite ({step})", counted, "people who sign in", ASSUMED, assumes=("users",))


def measure_http_api(resource: Resource, scene: Scene) -> Iterator[Said]:
    """Requests of an HTTP API or messages of a WebSocket."""
    socket = known_text(resource.get("ProtocolType")) == "WEBSOCKET"
    product = "API Gateway/WebSocket messages" if socket else "API Gateway/HTTP API requests (first 300M)"
    yield scene.use(product, "requests_millions")
    yield from traffic_out(scene)


def measure_rest_api(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Requests of a REST API."""
    yield scene.use("API Gateway/REST requests (first 333M)", "requests_millions")
    yield from traffic_out(scene)


def measure_stage(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """A stage costs nothing but its cache."""
    if known_flag(resource.get("CacheClusterEnabled"), False) is True:
        yield hourly(f"API Gateway/Cache {known_text(resource.get('CacheClusterSize')) or '0.5'} GB")


def measure_states(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The steps of a standard state machine, the starts of an express one."""
    if known_text(resource.get("StateMachineType")) == "EXPRESS":
        yield scene.use("Step Functions/Express requests", "events_millions")
    else:
        yield scene.use("Step Functions/Standard transitions", "transitions_thousands", shared=False)


def measure_parameter(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Standard parameters are free."""
    if known_text(resource.get("Tier")) == "Advanced":
        yield Reading("SSM/Advanced parameter", Decimal(1))


def measure_authority(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """A private certificate authority, a month."""
    short = known_text(resource.get("UsageMode")) == "SHORT_LIVED_CERTIFICATE"
    yield Reading(f"ACM Private CA/Certificate authority{', short-lived' if short else ''}", Decimal(1))


def measure_queue(resource: Resource, scene: Scene) -> Iterator[Said]:
    """Requests of a queue, those of a FIFO queue at their own price."""
    fifo = known_flag(resource.get("FifoQueue"), False) is True
    yield scene.use(f"SQS/{'FIFO' if fifo else 'Standard'} requests", "events_millions")


def measure_private_certificate(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Public certificates are free; one of a private authority is paid when it is issued, once."""
    if resource.get("CertificateAuthorityArn") is not None:
        yield Reading("ACM Private CA/Certificate (first 1k)", Decimal(1), "a certificate, once", ASSUMED)
