"""Public names that a private zone hides from a workload of its VPC."""

from __future__ import annotations

from typing import Any

import pytest
from districts import function, group
from towns import Town, ref, town


def split(variable: str = "API_URL", private: str = "example.com", **held: Any) -> Town:
    """A function that holds a public name, in a VPC with a private zone."""
    built = town()
    group(built, "FnSg")
    function(built, code="def handler(e, c): return 1", env={variable: "https://api.example.com/v1"})
    built.add("Open", "AWS::Route53::HostedZone", Name="example.com")
    zone = [{"VPCId": ref("Vpc"), "VPCRegion": "us-east-1"}]
    built.add("Inside", "AWS::Route53::HostedZone", Name=private, VPCs=zone)
    record = {"Type": "A", "TTL": "60", "ResourceRecords": ["203.0.113.5"]}
    built.add("Api", "AWS::Route53::RecordSet", HostedZoneId=ref("Open"), Name="api.example.com.", **record)
    if held:
        built.add("Own", "AWS::Route53::RecordSet", HostedZoneId=ref("Inside"), **(record | held))
    return built


def hidden(built: Town) -> list[tuple[str, ...]]:
    return [item.resources for item in built.judge().findings if item.check == "public-name-hidden"]


@pytest.mark.parametrize("variable", ["API_URL", "ORDERS_HOST", "ENDPOINT"])
def test_a_name_that_is_called_and_hidden_warns_at_the_private_zone(variable: str) -> None:
    assert hidden(split(variable)) == [("Inside", "Fn", "Api")]
    assert hidden(split(variable, Name="db.example.com")) == [("Inside", "Fn", "Api")]


@pytest.mark.parametrize("name", ["api.example.com", "*.example.com"])
def test_a_record_in_the_private_zone_answers(name: str) -> None:
    assert hidden(split(Name=name)) == []


def test_a_zone_for_other_names_hides_nothing() -> None:
    assert hidden(split(private="internal.example.com")) == []


@pytest.mark.parametrize("variable", ["CORS_ORIGIN", "PUBLIC_API_URL", "CALLBACK_URL", "TITLE"])
def test_a_name_under_which_others_see_it_is_not_asked_for(variable: str) -> None:
    assert hidden(split(variable)) == []
