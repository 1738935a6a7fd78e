"""What would mend a finding, in the words of the CDK: for resources that a CDK app made.

Names are construct paths, because nobody knows what the app calls its variables. Source: AWS CDK reference, aws-ec2
(Connections.allowFrom, Vpc.addInterfaceEndpoint, addGatewayEndpoint, VpcProps.natGateways), constructs (Node.addDependency).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stackflight.check.case import Case
from stackflight.model.finding import Hop
from stackflight.model.need import Reach, ResourceTarget, ServiceTarget
from stackflight.model.services import GATEWAY_SERVICES
from stackflight.model.value import Address

_SCRIPTS = (".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs")
_MOST = 4


def order_in_cdk(case: Case, user: Address, missing: Iterable[Address]) -> str:
    """One dependency for each of the missing; empty where no CDK app made the user."""
    if not _is_of_app(case, user):
        return ""
    add = "addDependency" if _is_script(case, user) else "add_dependency"
    named = [case.world.title(address) for address in missing if address.stack == user.stack]
    return "; ".join(f"{case.world.title(user)}: node.{add}({name})" for name in named[:_MOST])


def way_in_cdk(case: Case, reaches: Sequence[Reach], hops: Sequence[Hop]) -> str:
    """What opens the ways that these hops close; empty where no CDK app made the first workload."""
    first = reaches[0].need.workload.address
    if not _is_of_app(case, first):
        return ""
    script = _is_script(case, first)
    codes = {hop.code for hop in hops}
    steps: list[str] = []
    if "ENI_SG_RULES_MISMATCH" in codes:
        steps += _connections(case, reaches, hops, script)
    if "NO_ROUTE_TO_DESTINATION" in codes:
        steps += _endpoints(reaches, script)
    return "; ".join(dict.fromkeys(steps))


def _connections(case: Case, reaches: Sequence[Reach], hops: Sequence[Hop], script: bool) -> Iterator[str]:
    allow = "allowFrom" if script else "allow_from"
    for reach in reaches[:_MOST]:
        target, workload = reach.need.target, reach.need.workload
        if isinstance(target, ResourceTarget) and isinstance(target.port, int) and workload.kind != "custom resource":
            port = f"ec2.Port.{target.transport}({target.port})"
            opened = _connectable(case, target.address, hops)
            yield f"{case.world.title(opened)}: connections.{allow}({case.world.title(workload.address)}, {port})"


def _connectable(case: Case, target: Address, hops: Sequence[Hop]) -> Address:
    """What has connections in the app: the target, or the group that closes where the target is a bare L1 of the stack."""
    if (case.resources[target].construct or "").count("/") != 1:
        return target
    groups = (address for hop in hops for address in hop.blame if address in case.resources)
    return next((one for one in groups if case.resources[one].type == "AWS::EC2::SecurityGroup"), target)


def _endpoints(reaches: Sequence[Reach], script: bool) -> Iterator[str]:
    nat = "natGateways: 1" if script else "nat_gateways=1"
    kind = f"{'subnetType: ' if script else 'subnet_type='}ec2.SubnetType.PRIVATE_WITH_EGRESS"
    yield f"the Vpc: {nat}, and {kind} for the workload's subnets"
    services = [reach.need.target.service for reach in reaches if isinstance(reach.need.target, ServiceTarget)]
    for number, service in enumerate(list(dict.fromkeys(services))[:_MOST]):
        name = service.replace(".", "").replace("-", "").capitalize()
        if service in GATEWAY_SERVICES:
            made, method = f"ec2.GatewayVpcEndpointAwsService.{service.upper()}", "Gateway"
        else:
            new = "new " if script else ""
            made, method = f'{new}ec2.InterfaceVpcEndpointAwsService("{service}")', "Interface"
        call = f"add{method}Endpoint" if script else f"add_{method.lower()}_endpoint"
        yield f'{"and" if number else "or"} {call}("{name}", {f"{{ service: {made} }}" if script else f"service={made}"})'


def _is_of_app(case: Case, address: Address) -> bool:
    resource = case.resources.get(address)
    return resource is not None and bool(resource.construct)


def _is_script(case: Case, address: Address) -> bool:
    """Whether the app is one in TypeScript or JavaScript, whose lines the CDK keeps itself."""
    source = case.resources[address].source
    return source is not None and source.file.endswith(_SCRIPTS)
