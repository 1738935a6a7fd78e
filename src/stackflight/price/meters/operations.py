"""Alarms, web ACLs, functions, APIs, state machines, parameters and authorities."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.bill import ASSUMED
from stackflight.model.template import Resource
from stackflight.model.value import as_list, dig, known_flag, known_text
from stackflight.price.meters.network import traffic_out
from stackflight.price.reading import Missing, Reading, Said, Scene, hourly, number_of

_STANDARD_PERIOD = 60
_YEAR, _MONTH_DAYS = Decimal(360), 30


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
    arm = [known_text(one) for one in as_list(resource.get("Architectures"))] == ["arm64"]
    chip = "ARM (first 7.5B)" if arm else "x86 (first 6B)"
    calls = scene.usage["function_calls_thousands"] * 1000
    seconds = calls * scene.usage["function_seconds"] * memory / 1024
    yield Reading("Lambda/Requests", calls / 1_000_000, "calls", ASSUMED, assumes=("function_calls_thousands",))
    keys = ("function_calls_thousands", "function_seconds")
    yield Reading(f"Lambda/Duration {chip}", seconds, f"{memory:f} MB while it runs", ASSUMED, assumes=keys)


def measure_provisioned(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Functions kept warm are paid by the hour."""
    if resource.get("ProvisionedConcurrencyConfig") is not None:
        yield Missing("provisioned concurrency has no price here")


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


def measure_wider_certificate(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Public certificates are free; one of a private authority is paid when it is issued, once."""
    if resource.get("CertificateAuthorityArn") is not None:
        yield Reading("ACM Private CA/Certificate (first 1k)", Decimal(1), "a certificate, once", ASSUMED)
