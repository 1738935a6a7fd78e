"""What an account holds already, in the shape that templates have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from stackflight.model.identify import ACCOUNT
from stackflight.model.network import Group, Network, Subnet
from stackflight.model.template import Stack, World
from stackflight.model.value import Address, Unknown, Value
from stackflight.records import dataclass


@dataclass(frozen=True)
class Account:
    """Existing network pieces as the resources of a stack of their own, whose logical ids are the pieces' ids.

    `main_tables`, `default_acls` and `default_groups` say for each VPC what counts where nobody names one; `exports`
    are the outputs that other stacks export, `region` where all this is.
    """

    stack: Stack
    main_tables: Mapping[Address, Address] = field(default_factory=dict)
    default_acls: Mapping[Address, Address] = field(default_factory=dict)
    default_groups: Mapping[Address, Address] = field(default_factory=dict)
    exports: Mapping[str, Value] = field(default_factory=dict)
    region: str | None = None

    def around(self, world: World) -> World:
        """The world of the templates with what exists already; for reading networks and needs, not for judging."""
        return replace(world, stacks=(self.stack, *world.stacks))

    def settle(self, network: Network) -> Network:
        """The network with the real main tables, default ACLs and default groups of the VPCs that exist."""
        subnets = {address: self._settled(subnet) for address, subnet in network.subnets.items()}
        groups = dict(network.groups)
        for vpc in network.vpcs:
            if vpc.stack == ACCOUNT:
                real, alias = self.default_groups.get(vpc), network.default_group(vpc)
                groups[alias] = _renamed(groups[real], real, alias) if real in groups else _unseen(alias, vpc)
        return replace(network, subnets=subnets, groups=groups)

    def _settled(self, subnet: Subnet) -> Subnet:
        vpc = subnet.vpc
        if not isinstance(vpc, Address) or vpc.stack != ACCOUNT:
            return subnet
        table, acl = self.main_tables.get(vpc), self.default_acls.get(vpc)
        return replace(
            subnet,
            route_table=(table or _missing("main route table", vpc))
            if subnet.route_table is None
            else subnet.route_table,
            acl=(acl or _missing("default network ACL", vpc)) if subnet.acl is None else subnet.acl,
        )


def _missing(what: str, vpc: Address) -> Unknown:
    return Unknown(f"the {what} of {vpc}, which is not in the snapshot", ("a complete snapshot",))


def _unseen(alias: Address, vpc: Address) -> Group:
    """The default group of a VPC that the snapshot does not hold: somebody may have changed its rules."""
    return Group(alias, vpc, (), (), egress_default=False, incomplete=_missing("default security group", vpc))


def _renamed(group: Group, real: Address, alias: Address) -> Group:
    """A group under another address, its rules for itself included."""
    return replace(
        group,
        address=alias,
        ingress=tuple(replace(rule, peer=alias) if rule.peer == real else rule for rule in group.ingress),
        egress=tuple(replace(rule, peer=alias) if rule.peer == real else rule for rule in group.egress),
    )
