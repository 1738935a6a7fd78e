"""Client VPN endpoints -> findings: endpoints whose clients may reach nothing.

Source: AWS Client VPN Administrator Guide, authorization rules; CloudFormation template reference, AWS::EC2::ClientVpnAuthorizationRule.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.model.finding import Certainty, Finding, Phase, Severity

_PARTS = {"AWS::EC2::ClientVpnTargetNetworkAssociation", "AWS::EC2::ClientVpnRoute"}

CLIENT_VPN_NOT_AUTHORIZED = Check(
    "client-vpn-not-authorized",
    found_when="a Client VPN endpoint is associated with a network, and no authorization rule lets its clients reach one",
    explains="Clients connect and reach nothing: authorization rules grant access to networks, and there are none at first. An "
    "endpoint that is handed out, to an output or to what makes its rules elsewhere, is left in peace.",
    may=(WARNING,),
    weighed="a warning: rules may be added by hand",
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-clientvpnauthorizationrule.html",
    ),
)


@finds(CLIENT_VPN_NOT_AUTHORIZED)
def find_unauthorized_clients(case: Case) -> Iterator[Finding]:
    """Endpoints that only networks and routes of the templates name."""
    for endpoint in case.world.of_type("AWS::EC2::ClientVpnEndpoint"):
        users = case.world.referrers.get(endpoint.address, ())
        if users and endpoint.address not in case.world.put_out and {user.type for user in users} <= _PARTS:
            yield case.finding(
                CLIENT_VPN_NOT_AUTHORIZED, [endpoint.address, *(user.address for user in users)],
                f"no authorization rule lets the clients of {endpoint.address} reach a network",
                f"add an AWS::EC2::ClientVpnAuthorizationRule for {endpoint.address}",
                severity=Severity.WARNING, certainty=Certainty.POSSIBLE, phase=Phase.RUN,
            )  # fmt: skip
