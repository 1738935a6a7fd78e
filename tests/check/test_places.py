"""One place, one resource; and patterns that match events: what is refused, and what is open."""

from __future__ import annotations

import pytest
from judging import found, judge

from stackflight.facts.load import read_table

TWO = """
Api: {{Type: AWS::AppSync::GraphQLApi, Properties: {{Name: a, AuthenticationType: API_KEY}}}}
First: {{Type: AWS::AppSync::Resolver, Properties: {{ApiId: !GetAtt Api.ApiId, TypeName: Query, FieldName: {one}}}}}
Second: {{Type: AWS::AppSync::Resolver, Properties: {{ApiId: !GetAtt Api.ApiId, TypeName: Query, FieldName: {other}}}}}
"""
HEAD = "Parameters: {Given: {Type: String}, Other: {Type: String}}"


@pytest.mark.parametrize(
    ("one", "other", "struck"),
    [("get", "get", True), ("get", "list", False), ("get", "!Ref Given", False), ("!Ref Given", "!Ref Other", False)],
)
def test_a_second_resource_in_a_place_is_refused_where_both_are_known(one: str, other: str, struck: bool) -> None:
    findings = found(TWO.format(one=one, other=other), "place-taken-twice", HEAD)

    assert [item.resources for item in findings] == ([("Second", "First")] if struck else [])


def test_a_place_that_the_service_makes_up_is_another_one_each_time() -> None:
    service = "{Type: AWS::ServiceDiscovery::Service, Properties: {NamespaceId: !Ref Space%s}}"
    space = "Space: {Type: AWS::ServiceDiscovery::HttpNamespace, Properties: {Name: a}}\n"
    mapping = "{Type: AWS::ApiGateway::BasePathMapping, Properties: {DomainName: a.example.org, RestApiId: %s}}"

    assert not found(f"{space}A: {service % ''}\nB: {service % ''}", "place-taken-twice")
    assert found(f"{space}A: {service % ', Name: a'}\nB: {service % ', Name: a'}", "place-taken-twice")
    assert found(f"A: {mapping % 'a'}\nB: {mapping % 'b'}", "place-taken-twice")


def test_every_place_has_a_source_and_a_property_that_has_to_be_there() -> None:
    for kind, row in read_table("places")["types"].items():
        assert row["source"].startswith("https://docs.aws.amazon.com/"), kind
        assert any(not key.endswith("?") for key in row["place"]), kind


@pytest.mark.parametrize(
    ("pattern", "struck"),
    [
        ("{source: [a]}", False),
        ("{source: a}", True),
        ("{source: []}", True),
        ("{detail: {state: {name: running}}}", True),
        ("{detail: {state: [{prefix: run}, null, 3]}}", False),
        ("{detail: {state: [{begins: run}]}}", True),
        ("{$or: [{source: [a]}, {detail: {x: y}}]}", True),
        ("{source: !Ref Given}", False),
        ("{source: [!Ref Given]}", False),
        ('\'{"source": ["a"]}\'', False),
        ('\'{"source": "a"}\'', True),
        ("'{source'", True),
    ],
)
def test_a_pattern_holds_lists_of_what_matches(pattern: str, struck: bool) -> None:
    rule = f"Rule: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {pattern}}}}}"

    assert any(item.check == "event-pattern-refused" for item in judge(rule, HEAD)) is struck
