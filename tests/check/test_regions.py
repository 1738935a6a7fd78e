"""Zones, services and layers that are written with a Region: when that may fail, and when it is meant."""

from __future__ import annotations

from judging import found

from stackflight.model.finding import Severity

PINNED = """
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}}
One: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: eu-central-1a}}
Two: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-central-1b}}
"""
ASKING = """
Three:
  Type: AWS::EC2::Subnet
  Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: !Select [2, !GetAZs '']}
"""
ENDPOINTS = """
Logs:
  Type: AWS::EC2::VPCEndpoint
  Properties: {VpcId: !Ref Vpc, VpcEndpointType: Interface, ServiceName: com.amazonaws.REGION.logs, SubnetIds: [!Ref One]}
Queues:
  Type: AWS::EC2::VPCEndpoint
  Properties: {VpcId: !Ref Vpc, VpcEndpointType: Interface, ServiceName: com.amazonaws.REGION.sqs, SubnetIds: [!Ref One]}
"""
FUNCTION = """
Function:
  Type: AWS::Lambda::Function
  Properties:
    Runtime: python3.13
    Handler: index.handler
    Role: arn:aws:iam::111122223333:role/r
    Code: {ZipFile: "def handler(event, context): return 1"}
    Layers: ['arn:aws:lambda:REGION:111122223333:layer:drivers:4']
"""


def test_a_stack_that_names_every_zone_is_written_for_one_region_and_says_so_once() -> None:
    [noted] = found(PINNED, "zone-of-another-region")

    assert noted.severity is Severity.NOTE
    assert noted.resources == ("One", "Two")
    assert "goes to eu-central-1 alone" in noted.message
    assert "--region eu-central-1" in noted.remedy


def test_zones_named_beside_zones_of_the_region_are_one_warning() -> None:
    [warned] = found(PINNED + ASKING, "zone-of-another-region")

    assert warned.severity is Severity.WARNING
    assert warned.resources == ("One", "Two")
    assert "One and Two name the zones eu-central-1a and eu-central-1b" in warned.message


def test_a_zone_that_may_not_be_there_does_not_tell_the_region() -> None:
    perhaps = PINNED.replace("Two: {Type", "Two: {Condition: Second, Type")
    head = """
Parameters: {Count: {Type: String}}
Conditions: {Second: !Equals [!Ref Count, '2']}
"""

    [warned] = found(perhaps, "zone-of-another-region", head=head)
    assert warned.severity is Severity.WARNING


def test_endpoints_in_the_region_of_the_stacks_zones_are_no_finding() -> None:
    assert not found(PINNED + ENDPOINTS.replace("REGION", "eu-central-1"), "endpoint-of-another-region")


def test_endpoints_of_another_region_than_the_zones_are_refused() -> None:
    refused = found(PINNED + ENDPOINTS.replace("REGION", "us-east-1"), "endpoint-of-another-region")

    assert [(item.severity, item.resources) for item in refused] == [
        (Severity.BLOCKING, ("Logs",)),
        (Severity.BLOCKING, ("Queues",)),
    ]


def test_endpoints_in_a_literal_region_are_one_warning_where_nothing_tells_the_stacks() -> None:
    portable = PINNED.replace("eu-central-1a", "!Select [0, !GetAZs '']").replace(
        "eu-central-1b", "!Select [1, !GetAZs '']"
    )
    [warned] = found(portable + ENDPOINTS.replace("REGION", "eu-west-1"), "endpoint-of-another-region")

    assert warned.severity is Severity.WARNING
    assert warned.resources == ("Logs", "Queues")
    assert "!Sub com.amazonaws.${AWS::Region}.logs" in warned.remedy


def test_a_layer_is_held_against_the_region_of_the_stacks_zones() -> None:
    assert not found(PINNED + FUNCTION.replace("REGION", "eu-central-1"), "layer-of-another-region")
    [refused] = found(PINNED + FUNCTION.replace("REGION", "us-east-1"), "layer-of-another-region")
    assert refused.severity is Severity.BLOCKING
