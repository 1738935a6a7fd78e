"""World -> Transit: transit gateways with their attachments, tables and routes.

Source: CloudFormation template reference, AWS::EC2::TransitGateway and its parts; Amazon VPC Transit Gateways guide
(default association and propagation are on unless disabled; security group referencing is off unless enabled, and on for
attachments).
"""

from __future__ import annotations

from collections import defaultdict

from stackflight.model.identify import to_address, to_addresses, to_block
from stackflight.model.template import Resource, World
from stackflight.model.transit import Transit, TransitAttachment, TransitGateway, TransitRoute
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_flag, known_text

_ATTACHMENTS = ("AWS::EC2::TransitGatewayAttachment", "AWS::EC2::TransitGatewayVpcAttachment")


def read_transit(world: World) -> Transit:
    """Every gateway that the templates make, and all that is attached to it."""
    loose: Unknown | None = None
    associations: dict[Address, tuple[Address, Address]] = {}
    propagations: set[tuple[Address, Address]] = set()
    for kind in ("Association", "Propagation"):
        for link in world.of_type(f"AWS::EC2::TransitGatewayRouteTable{kind}"):
            attachment = to_address(world, link.get("TransitGatewayAttachmentId"))
            table = to_address(world, link.get("TransitGatewayRouteTableId"))
            if isinstance(attachment, Unknown) or isinstance(table, Unknown) or link.exists is not True:
                loose = next(item for item in (attachment, table, link.exists) if isinstance(item, Unknown))
            elif kind == "Association":
                associations[attachment] = (table, link.address)
            else:
                propagations.add((attachment, table))
    for route in world.of_type("AWS::EC2::TransitGatewayRoute"):
        table = to_address(world, route.get("TransitGatewayRouteTableId"))
        if isinstance(table, Unknown) and not isinstance(route.get("TransitGatewayRouteTableId"), str):
            loose = loose or Unknown(f"which table {route.address} belongs to", table.decided_by)
    return Transit(
        gateways={item.address: _gateway(item) for item in world.of_type("AWS::EC2::TransitGateway")},
        attachments=tuple(_attachment(world, item) for item in world.of_type(*_ATTACHMENTS)),
        routes=_routes(world),
        associations=associations,
        propagations=frozenset(propagations),
        loose=loose,
    )


def _enabled(value: Value, default: bool) -> bool | Unknown:
    if value is None:
        return default
    text = known_text(value)
    return text.lower() in {"enable", "true"} if text is not None else known_flag(value, default)


def _gateway(resource: Resource) -> TransitGateway:
    return TransitGateway(
        resource.address,
        _enabled(resource.get("DefaultRouteTableAssociation"), True),
        _enabled(resource.get("DefaultRouteTablePropagation"), True),
        _enabled(resource.get("SecurityGroupReferencingSupport"), False),
    )


def _attachment(world: World, resource: Resource) -> TransitAttachment:
    options = as_dict(resource.get("Options"))
    subnets = [*as_list(resource.get("SubnetIds")), *as_list(resource.get("AddSubnetIds"))]
    return TransitAttachment(
        resource.address,
        to_address(world, resource.get("TransitGatewayId")),
        to_address(world, resource.get("VpcId")),
        to_addresses(world, subnets),
        _enabled(options.get("SecurityGroupReferencingSupport"), True),
        resource.exists,
    )


def _routes(world: World) -> dict[Address, tuple[TransitRoute, ...]]:
    """Static routes by table; one whose table is not of the template is none of ours."""
    found: dict[Address, list[TransitRoute]] = defaultdict(list)
    for resource in world.of_type("AWS::EC2::TransitGatewayRoute"):
        table = to_address(world, resource.get("TransitGatewayRouteTableId"))
        hole = known_flag(resource.get("Blackhole"), False)
        target = to_address(world, resource.get("TransitGatewayAttachmentId"))
        if isinstance(table, Address):
            found[table].append(
                TransitRoute(
                    resource.address,
                    to_block(resource.get("DestinationCidrBlock")),
                    hole if isinstance(hole, Unknown) else None if hole else target,
                    resource.exists,
                )
            )
    return {table: tuple(routes) for table, routes in found.items()}
