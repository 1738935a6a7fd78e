"""The drawing of the network: what stands on it, what does not get through, and that it stays a picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sample_report import make_quiet_report

from stackflight.local.folder import LocalFolder
from stackflight.model.report import CheckReport
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views.map_content import Map, draw_map
from stackflight.views.map_layout import Layout, Rect, lay_out
from stackflight.views.map_mermaid import render_mermaid
from stackflight.views.map_svg import blocked_lines, render_svg

_SHOP = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Igw: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw}}
  Public1: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs ""]}}
  Public2: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Select [1, !GetAZs ""]}}
  Private1: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: !Select [0, !GetAZs ""]}}
  PublicTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Out: {Type: AWS::EC2::Route, DependsOn: Attached, Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw}}
  A1: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Public1, RouteTableId: !Ref PublicTable}}
  A2: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Public2, RouteTableId: !Ref PublicTable}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}}}
  Cluster: {Type: AWS::ECS::Cluster}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {Cpu: "256", Memory: "512", NetworkMode: awsvpc, RequiresCompatibilities: [FARGATE], ContainerDefinitions: [{Name: a, Image: public.ecr.aws/nginx/nginx}]}
  Open:
    Type: AWS::ECS::Service
    DependsOn: Out
    Properties: {Cluster: !Ref Cluster, TaskDefinition: !Ref Task, LaunchType: FARGATE, NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: ENABLED, Subnets: [!Ref Public1, !Ref Public2]}}}
  Shut:
    Type: AWS::ECS::Service
    Properties: {Cluster: !Ref Cluster, TaskDefinition: !Ref Task, LaunchType: FARGATE, NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Private1]}}}
"""


class _Still:
    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nothing waits."""


@pytest.fixture(scope="module")
def shop() -> CheckReport:
    world = join_stacks([Source("shop", parse_template(_SHOP, "shop.yaml"))], {}, LocalFolder(Path()))  # fmt: skip
    return check_world("shop.yaml", world, _Still(), 0.0)


def test_subnets_of_one_sort_are_a_band_with_a_cell_for_each_zone(shop: CheckReport) -> None:
    bands = draw_map(shop).bands.values()

    assert [(band.title, band.out, [zone for zone, _, _ in band.cells]) for band in bands] == [
        ("Public", "public", ["zone 1", "zone 2"]),
        ("Private", "", ["zone 1"]),
    ]


def test_workloads_stand_in_their_subnets_and_what_they_reach_outside(shop: CheckReport) -> None:
    map = draw_map(shop)
    placed = {node.title: (node.role, map.bands[node.band].title if node.band else "") for node in map.nodes.values()}

    assert placed["Open"] == ("workload", "Public")
    assert placed["Shut"] == ("workload", "Private")
    assert placed["public.ecr.aws"] == ("internet", "")
    assert placed["Igw"] == ("gateway", "")


def test_what_is_blocked_is_red_numbered_and_leads_to_its_finding(shop: CheckReport) -> None:
    map = draw_map(shop)
    [(number, line)] = blocked_lines(map)
    drawn = render_svg(map, alone=False)

    assert number == 1
    assert map.nodes[line.start].title == "Shut"
    assert "local route only" in line.why
    index = int(line.anchor.removeprefix("finding-")) - 1
    assert shop.findings[index].check == "workload-cannot-reach-service"
    assert f'<a href="#{line.anchor}"' in drawn
    assert 'class="way no"' in drawn


def test_the_picture_alone_is_xml_that_loads_nothing(shop: CheckReport) -> None:
    drawn = render_svg(draw_map(shop))
    root = ET.fromstring(drawn)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"href=|url\(|<script|@import|<image", drawn)
    assert [part.tag.rpartition("}")[2] for part in root][:2] == ["title", "desc"]


def test_every_workload_can_be_reached_by_the_keyboard_and_says_its_ways(shop: CheckReport) -> None:
    drawn = render_svg(draw_map(shop))
    said = re.findall(r'<g class="work" tabindex="0" role="img" aria-label="([^"]*)"', drawn)

    assert len(said) == 2
    assert any("does not reach public.ecr.aws" in one for one in said)


def test_no_box_lies_over_another(shop: CheckReport) -> None:
    layout = lay_out(draw_map(shop))
    boxes = list(layout.nodes.values())

    assert not any(_overlap(one, other) for number, one in enumerate(boxes) for other in boxes[number + 1 :])
    assert all(_inside(box, layout) for box in boxes)


def _overlap(one: Rect, other: Rect) -> bool:
    return one.x < other.x + other.wide and other.x < one.x + one.wide and one.y < other.y + other.high and other.y < one.y + one.high  # fmt: skip


def _inside(box: Rect, layout: Layout) -> bool:
    return box.x >= 0 and box.y >= 0 and box.x + box.wide <= layout.wide and box.y + box.high <= layout.high


def test_what_a_template_says_cannot_break_out_of_the_picture(shop: CheckReport) -> None:
    evil = '"]</text><script>alert(1)</script>`x`'
    [reach, *rest] = shop.reaches
    need = replace(reach.need, purpose=evil, workload=replace(reach.need.workload, label=evil))
    map = draw_map(replace(shop, target=evil, reaches=(replace(reach, need=need), *rest)))

    assert "<script" not in render_svg(map)
    ET.fromstring(render_svg(map))
    assert "<script" not in render_mermaid(map)
    assert "`x`" not in render_mermaid(map)


def test_mermaid_has_the_same_boxes_and_lines(shop: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("views/map.mmd", render_mermaid(draw_map(shop)) + "\n")


def test_the_picture_is_the_one_that_was_looked_at(shop: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("views/map.svg", render_svg(draw_map(shop)))


def test_without_a_network_there_is_nothing_to_draw() -> None:
    map = draw_map(make_quiet_report())

    assert map.is_empty
    assert isinstance(map, Map)
