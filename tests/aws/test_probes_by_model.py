"""Every probe asks in calls that AWS's own service models know, and finds what it reads in the answers that they describe."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from stackflight.aws.probes import BLOCKERS, PROBES, Probe
from stackflight.model.event import Event

_DEEPEST = 8
_ARNS = {
    "AWS::ECS::Service": "arn:aws:ecs:eu-west-1:111122223333:service/main/web",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef",
    "AWS::CertificateManager::Certificate": "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
}


@cache
def model_of(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def answer_of(shape: Shape | None, name: str = "", depth: int = 0) -> Any:
    """An answer with every member there is; a text says which member it is."""
    if shape is None or depth > _DEEPEST:
        return {}
    if isinstance(shape, StructureShape):
        return {key: answer_of(one, key, depth + 1) for key, one in shape.members.items() if "oken" not in key and key not in {"Marker", "NextMarker"}}  # fmt: skip
    if isinstance(shape, ListShape):
        return [answer_of(shape.member, name, depth + 1)]
    if isinstance(shape, MapShape):
        return {name: answer_of(shape.value, name, depth + 1)}
    plain = {"integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True, "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip
    return plain.get(shape.type_name, name)


class Modelled:
    """A client of one service that knows AWS's model of it and nothing else."""

    def __init__(self, service: str) -> None:
        self.model = model_of(service)
        self.names = {xform_name(name): name for name in self.model.operation_names}

    def __getattr__(self, name: str) -> Any:
        operation = self.model.operation_model(self.names[name])

        def call(**given: Any) -> Any:
            report = ParamValidator().validate(given, operation.input_shape)
            assert not report.has_errors(), report.generate_report()
            return answer_of(operation.output_shape)

        return call


@pytest.mark.parametrize(
    ("type", "name", "probe"), [*PROBES, *BLOCKERS], ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_probe_reads_what_the_models_of_the_services_hold(type: str, name: str, probe: Probe) -> None:
    event = Event(
        1_700_000_000.0, "app", "Thing", type, "CREATE_FAILED", "it did not stabilize", _ARNS.get(type, "thing")
    )
    found = list(probe(Modelled, event))
    assert found, f"{name}: nothing was read from an answer that holds everything"
    assert all(one.text.strip() and "None" not in one.text for one in found)
