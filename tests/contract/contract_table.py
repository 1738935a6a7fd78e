"""The table: one behaviour of CloudFormation a row, with AWS's own source for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from contract_ground import Ground

from stackflight.errors import OperationRefused

Trial = Callable[[Ground], None]


@dataclass(frozen=True)
class Behaviour:
    """A sentence about CloudFormation, where AWS says it, what must go wrong for it, and the trial."""

    sentence: str
    source: str
    fail: tuple[str, ...]
    weather: tuple[tuple[str, Any], ...]
    trial: Trial


TABLE: list[Behaviour] = []


def behaviour(source: str, *fail: str, **weather: Any) -> Callable[[Trial], Trial]:
    """Enter a trial whose name is the sentence."""

    def enter(trial: Trial) -> Trial:
        sentence = trial.__name__.replace("_", " ")
        assert all(known.sentence != sentence for known in TABLE)
        TABLE.append(Behaviour(sentence, source, fail, tuple(weather.items()), trial))
        return trial

    return enter


def refused(call: Callable[[], Any]) -> str:
    """The text of the refusal that a call must end with."""
    with pytest.raises(OperationRefused) as caught:
        call()
    return caught.value.message


QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
SLOWER: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}}
FIFO: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}
TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}


def after(resource: dict[str, Any], *others: str) -> dict[str, Any]:
    """A resource that waits for others."""
    return {**resource, "DependsOn": list(others)}


def kept(resource: dict[str, Any], policy: str = "Retain") -> dict[str, Any]:
    """A resource with a DeletionPolicy."""
    return {**resource, "DeletionPolicy": policy}


def mapping(queue: str) -> dict[str, Any]:
    """Something that refers to a queue by Ref."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": queue}}}
