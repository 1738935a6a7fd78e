"""The VPC: public, app and data subnets, the chosen way out, and the security groups of every tier."""

from __future__ import annotations

from aws_cdk import Annotations, Fn
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.endpoints import ServiceEndpoints
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.paths import HTTPS, SecurityGroups, public_ports

PUBLIC, APP, DATA = "Public", "App", "Data"
MOST_ZONES = 3


class Network(Construct):
    """Where everything lives: `vpc`, `groups`, and the subnets of each layer."""

    def __init__(self, scope: Construct, id: str, *, config: c.Config) -> None:
        super().__init__(scope, id)
        self._existing = isinstance(config.network, c.ExistingVpc)
        self.vpc = self._vpc(config)
        self.groups = SecurityGroups(self, "Groups", vpc=self.vpc, config=config)
        if isinstance(config.egress, c.EndpointsOnly):
            ServiceEndpoints(self, "ServiceEndpoints", vpc=self.vpc, groups=self.groups, config=config)
        if config.operations.flow_logs and isinstance(self.vpc, ec2.Vpc):
            self._log_flows(self.vpc, config)

    @property
    def ids(self) -> list[str]:
        """Ids of the VPC, of every subnet and of every group that this stack makes."""
        vpc = self.vpc
        if not isinstance(vpc, ec2.Vpc):
            return self.groups.ids
        subnets = [*vpc.public_subnets, *vpc.private_subnets, *vpc.isolated_subnets]
        return [vpc.vpc_id, *(subnet.subnet_id for subnet in subnets), *self.groups.ids]

    @property
    def public(self) -> ec2.SubnetSelection:
        return self._layer(PUBLIC, ec2.SubnetType.PUBLIC)

    @property
    def app(self) -> ec2.SubnetSelection:
        return self._layer(APP, ec2.SubnetType.PRIVATE_WITH_EGRESS)

    @property
    def data(self) -> ec2.SubnetSelection:
        return self._layer(DATA, ec2.SubnetType.PRIVATE_ISOLATED)

    @property
    def first_app_subnet(self) -> ec2.SubnetSelection:
        """The app subnet of the first zone, where a zonal volume lives."""
        return ec2.SubnetSelection(subnets=[self._app_subnets()[0]])

    @property
    def first_zone(self) -> str:
        """The zone in which the first app subnet is: which one is first in a Region may change, a subnet stays."""
        subnet = self._app_subnets()[0].node.default_child
        if isinstance(subnet, ec2.CfnSubnet):
            return subnet.attr_availability_zone
        return self._app_subnets()[0].availability_zone

    def _app_subnets(self) -> list[ec2.ISubnet]:
        selection = self.app
        chosen = self.vpc.select_subnets(
            subnet_group_name=selection.subnet_group_name, subnet_type=selection.subnet_type
        )
        return list(chosen.subnets)

    def _layer(self, name: str, kind: ec2.SubnetType) -> ec2.SubnetSelection:
        if self._existing:
            return ec2.SubnetSelection(subnet_type=kind)
        return ec2.SubnetSelection(subnet_group_name=name)

    def _vpc(self, config: c.Config) -> ec2.IVpc:
        network = config.network
        if isinstance(network, c.ExistingVpc):
            return self._given_vpc(network)
        nat = isinstance(network.egress, c.NatGateways | c.NatInstance)
        app_kind = ec2.SubnetType.PRIVATE_WITH_EGRESS if nat else ec2.SubnetType.PRIVATE_ISOLATED
        provider = _nat_provider(network.egress)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(network.cidr),
            # Symbolic zones keep the templates the same in every account and Region.
            availability_zones=[Fn.select(index, Fn.get_azs()) for index in range(network.zones)],
            # Every layer keeps the place of a third zone, so that a zone can be added without moving a subnet.
            reserved_azs=MOST_ZONES - network.zones,
            nat_gateways=_nat_count(network.egress),
            nat_gateway_provider=provider,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name=PUBLIC, subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24),
                ec2.SubnetConfiguration(name=APP, subnet_type=app_kind, cidr_mask=23),
                ec2.SubnetConfiguration(name=DATA, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
        )
        if told := _OF_EGRESS.get(type(network.egress)):
            vpc.node.add_metadata("stackflight:setting", told)
        if isinstance(provider, ec2.NatInstanceProviderV2):
            inside = ec2.Peer.ipv4(network.cidr)
            for port in (HTTPS, *public_ports(config)):
                provider.connections.allow_from(inside, ec2.Port.tcp(port), f"port {port} from inside the VPC")
            _harden(provider)
        if not isinstance(network.egress, c.NoEgress):
            # Free of charge, and it carries image layers and files past the NAT.
            vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        return vpc

    def _given_vpc(self, network: c.ExistingVpc) -> ec2.IVpc:
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=network.vpc_id,
            vpc_cidr_block=network.vpc_cidr,
            availability_zones=list(network.zones),
            public_subnet_ids=list(network.public_subnet_ids),
            private_subnet_ids=list(network.app_subnet_ids),
            isolated_subnet_ids=list(network.data_subnet_ids),
        )
        Annotations.of(vpc).acknowledge_warning(
            "@aws-cdk/aws-ec2:noSubnetRouteTableId", "Nothing here reads or writes the routes of an existing VPC."
        )
        return vpc

    def _log_flows(self, vpc: ec2.Vpc, config: c.Config) -> None:
        destination = log_group(self, "FlowLogs", config)
        vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(destination),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )


# What a check says of routes that lead nowhere, to people who set `egress` and do not edit this program.
_OF_EGRESS = {
    c.NoEgress: 'egress = "none" leads nowhere; "nat-gateway", "nat-instance" and "endpoints" do',
    c.EndpointsOnly: 'egress = "endpoints" leads to AWS services alone; "nat-gateway" and "nat-instance" lead to the internet too',
}


def _harden(provider: ec2.NatInstanceProviderV2) -> None:
    """What the provider leaves to defaults: an encrypted disk, and metadata for those who bring a token."""
    for instance in provider.gateway_instances:
        machine = instance.node.default_child
        if not isinstance(machine, ec2.CfnInstance):
            raise AssertionError("an instance has a resource of its type")
        machine.add_property_override("MetadataOptions", {"HttpTokens": "required", "HttpPutResponseHopLimit": 1})
        machine.add_property_override(
            "BlockDeviceMappings", [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3"}}]
        )


def _nat_count(egress: c.Egress) -> int:
    if isinstance(egress, c.NatGateways):
        return egress.count
    return 1 if isinstance(egress, c.NatInstance) else 0


def _nat_provider(egress: c.Egress) -> ec2.NatProvider | None:
    if isinstance(egress, c.NatInstance):
        return ec2.NatProvider.instance_v2(
            instance_type=ec2.InstanceType(egress.instance_type),
            default_allowed_traffic=ec2.NatTrafficDirection.OUTBOUND_ONLY,
        )
    return None
