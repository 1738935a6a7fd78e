"""What some random networks hold besides: IPv6 in one of them, and a service of VPC Lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random_networks import Builder

SIX = ("::/0", "::/0", "2000::/3", "64:ff9b::/96", "fd00::/8")
LINK_LOCAL = "169.254.171.0/24"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def add_six(built: Builder) -> None:
    """A dual-stack subnet and one without IPv4 addresses in the first VPC, what filters and leads out of them, who calls."""
    vpc = built.vpcs[0]
    built.used["IPv6"] += 1
    built.add("Six", "EC2::VPCCidrBlock", VpcId=ref(vpc), AmazonProvidedIpv6CidrBlock=True)
    blocks = {"Fn::Cidr": [{"Fn::Select": [0, att(vpc, "Ipv6CidrBlocks")]}, 8, 64]}
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    for index, (name, given) in enumerate(_places(built).items()):
        built.add(name, "EC2::Subnet", VpcId=ref(vpc), AvailabilityZone=zone, Ipv6CidrBlock={"Fn::Select": [index, blocks]}, **given)  # fmt: skip
        built.add(f"{name}T", "EC2::RouteTable", VpcId=ref(vpc))
        built.add(f"{name}L", "EC2::SubnetRouteTableAssociation", SubnetId=ref(name), RouteTableId=ref(f"{name}T"))
        _routes(built, name, vpc)
        if built.chance(0.4):
            _acl(built, name, vpc)
    group: dict[str, Any] = {"GroupDescription": "g", "VpcId": ref(vpc)}
    if built.chance(0.6):
        group["SecurityGroupEgress"] = [_rule(built) for _ in range(built.random.choice((1, 1, 2)))]
    built.add("SixG", "EC2::SecurityGroup", **group)
    _workloads(built)


def _places(built: Builder) -> dict[str, dict[str, Any]]:
    both = {"CidrBlock": "10.0.240.0/24", "AssignIpv6AddressOnCreation": built.chance(0.7)}
    return {"Both": both, "Bare": {"Ipv6Native": True, "EnableDns64": built.chance(0.8)}}


def _routes(built: Builder, name: str, vpc: str) -> None:
    outs: list[dict[str, Any]] = [{"EgressOnlyInternetGatewayId": ref("SixO")}]
    if "SixO" not in built.resources:
        built.add("SixO", "EC2::EgressOnlyInternetGateway", VpcId=ref(vpc))
    if f"{vpc}I" in built.resources:
        outs.append({"GatewayId": ref(f"{vpc}I")})
    nat = [{"NatGatewayId": ref(f"{vpc}N")}] if f"{vpc}N" in built.resources else []
    for index, block in enumerate(dict.fromkeys((*SIX[1:4], "64:ff9b::/96"))):
        if built.chance((0.8, 0.15, 0.7, 0.7)[index]):
            target = built.random.choice(nat if nat and block.startswith("64") and not built.chance(0.1) else outs)
            built.add(f"{name}R{index}", "EC2::Route", RouteTableId=ref(f"{name}T"), DestinationIpv6CidrBlock=block, **target)  # fmt: skip
    if name == "Both" and nat and built.chance(0.4):
        built.add("BothR4", "EC2::Route", RouteTableId=ref("BothT"), DestinationCidrBlock="0.0.0.0/0", **nat[0])


def _rule(built: Builder) -> dict[str, Any]:
    low, high = built.random.choice(((443, 443), (0, 65535), (80, 80), (400, 500)))
    rule = {"IpProtocol": built.random.choice(("tcp", "tcp", "-1", "udp")), "FromPort": low, "ToPort": high}
    return {**rule, "CidrIpv6": built.random.choice(SIX)} if built.chance(0.8) else {**rule, "CidrIp": "0.0.0.0/0"}


def _acl(built: Builder, name: str, vpc: str) -> None:
    built.add(f"{name}A", "EC2::NetworkAcl", VpcId=ref(vpc))
    built.add(f"{name}AL", "EC2::SubnetNetworkAclAssociation", SubnetId=ref(name), NetworkAclId=ref(f"{name}A"))
    for egress in (True, False):
        for number in built.random.sample(range(10, 200, 10), built.random.choice((1, 2, 3))):
            ports = built.random.choice(((443, 443), (1024, 65535), (0, 65535), (32768, 65535)))
            family = {"Ipv6CidrBlock": built.random.choice(SIX)} if built.chance(0.8) else {"CidrBlock": "0.0.0.0/0"}
            action = built.random.choice(("allow", "allow", "allow", "deny"))
            built.add(f"{name}A{int(egress)}{number}", "EC2::NetworkAclEntry", NetworkAclId=ref(f"{name}A"), Protocol=6, Egress=egress, RuleNumber=number, RuleAction=action, PortRange={"From": ports[0], "To": ports[1]}, **family)  # fmt: skip


def _workloads(built: Builder) -> None:
    for name, place, script in (
        ("Vm6", "Both", "curl -6 https://example.com/a"),
        ("VmB", "Bare", "curl https://github.com/a"),
    ):
        interface = {"DeviceIndex": "0", "SubnetId": ref(place), "GroupSet": [att("SixG", "GroupId")]}
        built.add(name, "EC2::Instance", NetworkInterfaces=[interface], UserData={"Fn::Base64": f"{script}\n"})
    code = (
        "import boto3\nfrom botocore.config import Config\ndef handler(event, context):\n"
        "    boto3.client('sqs', config=Config(use_dualstack_endpoint=True)).list_queues()\n"
    )
    config = {"SubnetIds": [ref("Both")], "SecurityGroupIds": [att("SixG", "GroupId")], "Ipv6AllowedForDualStack": built.chance(0.7)}  # fmt: skip
    built.add("Fn6", "Lambda::Function", Code={"ZipFile": code}, VpcConfig=config)


def add_lattice(built: Builder) -> None:
    """A service of VPC Lattice, the ways into its network, and the instance that stands behind it."""
    built.used["VPC Lattice"] += 1
    built.add("Net", "VpcLattice::ServiceNetwork", Name="net", AuthType="AWS_IAM" if built.chance(0.1) else "NONE")
    built.add("Svc", "VpcLattice::Service", Name="svc", AuthType="AWS_IAM" if built.chance(0.15) else "NONE")
    for name in ("Net", "Svc"):
        if built.chance(0.6):
            effect = "Allow" if built.chance(0.8) else "Deny"
            statement = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"}
            built.add(f"{name}P", "VpcLattice::AuthPolicy", ResourceIdentifier=ref(name), Policy={"Statement": [statement]})  # fmt: skip
    if built.chance(0.9):
        built.add("SvcN", "VpcLattice::ServiceNetworkServiceAssociation", ServiceNetworkIdentifier=ref("Net"), ServiceIdentifier=ref("Svc"))  # fmt: skip
    for vpc in built.vpcs:
        if built.chance(0.75):
            groups = (
                {"SecurityGroupIds": [att(item, "GroupId") for item in built.chosen(vpc)]} if built.chance(0.6) else {}
            )
            built.add(f"{vpc}D", "VpcLattice::ServiceNetworkVpcAssociation", ServiceNetworkIdentifier=ref("Net"), VpcIdentifier=ref(vpc), **groups)  # fmt: skip
    built.add("Tg", "VpcLattice::TargetGroup", Type="INSTANCE", Config={"Port": 443, "Protocol": "HTTPS", "VpcIdentifier": ref(built.vpcs[0])}, Targets=[{"Id": ref("Vm")}])  # fmt: skip
    built.add("Lst", "VpcLattice::Listener", ServiceIdentifier=ref("Svc"), Protocol="HTTPS", Port=443, DefaultAction={"Forward": {"TargetGroups": [{"TargetGroupIdentifier": ref("Tg")}]}})  # fmt: skip
    code = "import os, urllib.request\nurllib.request.urlopen(os.environ['API'])\n"
    config = built.resources["Fn"]["Properties"]["VpcConfig"]
    built.add("FnL", "Lambda::Function", Code={"ZipFile": code}, Environment={"Variables": {"API": {"Fn::Sub": "https://${Svc.DnsEntry.DomainName}/"}}}, VpcConfig=config)  # fmt: skip
