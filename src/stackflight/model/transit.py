"""Transit gateways of the templates: who is attached, which table a packet meets, and where its routes lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.model.ranges import Block
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """`default_association` and `default_propagation` say whether new attachments use and fill its default table."""

    address: Address
    default_association: bool | Unknown
    default_propagation: bool | Unknown
    group_references: bool | Unknown


@dataclass(frozen=True, slots=True)
class TransitAttachment:
    """A VPC at a gateway; its interfaces stand in `subnets`, one for each zone that it serves."""

    address: Address
    gateway: Address | Unknown
    vpc: Address | Unknown
    subnets: tuple[Address | Unknown, ...]
    group_references: bool | Unknown
    exists: bool | Unknown = True


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """A static route of a table, to an attachment or, as a black hole, to nowhere."""

    address: Address
    destination: Block | Unknown
    attachment: Address | Unknown | None
    exists: bool | Unknown = True


@dataclass(frozen=True)
class Transit:
    """All gateways; the default table of a gateway stands under the gateway's own address.

    `associations` holds the table of an attachment, `propagations` the tables that an attachment fills; `loose` is why
    one of either may be missing.
    """

    gateways: Mapping[Address, TransitGateway] = field(default_factory=dict)
    attachments: tuple[TransitAttachment, ...] = ()
    routes: Mapping[Address, tuple[TransitRoute, ...]] = field(default_factory=dict)
    associations: Mapping[Address, tuple[Address, Address]] = field(default_factory=dict)
    propagations: frozenset[tuple[Address, Address]] = frozenset()
    loose: Unknown | None = None

    def attachment_of(self, vpc: Address, gateway: Address) -> TransitAttachment | None:
        """How a VPC hangs on a gateway, if it does."""
        return next((item for item in self.attachments if item.vpc == vpc and item.gateway == gateway), None)

    def table_of(self, attachment: TransitAttachment) -> Address | Unknown | None:
        """The table that packets from an attachment meet; None for none at all."""
        if attachment.address in self.associations:
            return self.associations[attachment.address][0]
        gateway = self.gateways.get(attachment.gateway) if isinstance(attachment.gateway, Address) else None
        if self.loose is not None or gateway is None:
            return self.loose or Unknown(f"the route tables of {attachment.gateway}")
        flag = gateway.default_association
        return flag if isinstance(flag, Unknown) else gateway.address if flag else None

    def fills(self, attachment: TransitAttachment, table: Address) -> bool | Unknown:
        """Whether the blocks of an attached VPC are routes of a table by propagation."""
        if (attachment.address, table) in self.propagations:
            return True
        gateway = self.gateways.get(table)
        if gateway is not None and attachment.gateway == table:
            return gateway.default_propagation
        return False
