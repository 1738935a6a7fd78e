"""What an account holds already, in the shape that templates have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stackflight.model.network import Group, Network, Subnet
from stackflight.model.template import Stack, World
from stackflight.model.value import Address, Value


@dataclass(frozen=True)
class Account:
    """Existing network pieces as the resources of a stack of their own, whose logical ids are the pieces' ids.

    `main_tables`, `default_acls` and `default_groups` say for each VPC what counts where nobody names one; `exports`
    are the outputs that other stacks export.
    """

    stack: Stack
    main_tables: Mapping[Address, Address] = field(default_factory=dict)
    default_acls: Mapping[Address, Address] = field(default_factory=dict)
    default_groups: Mapping[Address, Address] = field(default_factory=dict)
    exports: Mapping[str, Value] = field(default_factory=dict)

    def around(self, world: World) -> World:
        """The world of the templates with what exists already; for reading networks and needs, not for judging."""
        return replace(world, stacks=(self.stack, *world.stacks))

    def settle(self, network: Network) -> Network:
        """The network with the real main tables, default ACLs and default groups of the VPCs that exist."""
        subnets = {address: self._settled(subnet) for address, subnet in network.subnets.items()}
        groups = dict(network.groups)
        for vpc, real in self.default_groups.items():
            if real in groups:
                alias = network.default_group(vpc)
                groups[alias] = _renamed(groups[real], real, alias)
        return replace(network, subnets=subnets, groups=groups)

    def _settled(self, subnet: Subnet) -> Subnet:
        if not isinstance(subnet.vpc, Address):
            return subnet
        return replace(
            subnet,
            route_table=self.main_tables.get(subnet.vpc) if subnet.route_table is None else subnet.route_table,
            acl=self.default_acls.get(subnet.vpc) if subnet.acl is None else subnet.acl,
        )


def _renamed(group: Group, real: Address, alias: Address) -> Group:
    """A group under another address, its rules for itself included."""
    return replace(
        group,
        address=alias,
        ingress=tuple(replace(rule, peer=alias) if rule.peer == real else rule for rule in group.ingress),
        egress=tuple(replace(rule, peer=alias) if rule.peer == real else rule for rule in group.egress),
    )
