"""What machines are launched with, wherever it is declared, and what their scripts fetch in whatever form they are written."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on

from stackflight.model.finding import Verdict
from stackflight.read.needs.scripts import read_script
from stackflight.read.needs.services import service_of_host

SCRIPT = "#!/bin/bash -e\ncurl -fsS --retry 3 -o /tmp/a https://example.com/a\n/opt/aws/bin/cfn-signal -e $? --stack s --resource Machine\n"  # fmt: skip


def signalled(built: Town, kind: str = "AWS::EC2::Instance", **properties: Any) -> Town:
    built.add("Machine", kind, **properties)
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    return built


def launch_template(built: Town, **data: Any) -> Town:
    return built.add("Template", "AWS::EC2::LaunchTemplate", LaunchTemplateName="t", LaunchTemplateData={"UserData": {"Fn::Base64": SCRIPT}, **data})  # fmt: skip


def test_a_launch_template_brings_script_and_network() -> None:
    built = launch_template(town(nat=False), NetworkInterfaces=[{"SubnetId": ref("PrivateSubnet1"), "DeviceIndex": 0}])
    signalled(built, LaunchTemplate={"LaunchTemplateId": ref("Template"), "Version": "1"})
    assert verdict_on(built.judge(), "example.com") is Verdict.NO
    assert verdict_on(built.judge(), "cloudformation") is Verdict.NO


def test_what_an_instance_says_stands_before_its_template() -> None:
    built = launch_template(town())
    signalled(built, SubnetId=ref("PrivateSubnet1"), LaunchTemplate={"LaunchTemplateName": "t", "Version": "1"}, UserData={"Fn::Base64": "true"})  # fmt: skip
    assert not built.judge().reaches


def test_every_template_of_a_mixed_policy_is_read() -> None:
    built = launch_template(town(nat=False))
    built.add("Quiet", "AWS::EC2::LaunchTemplate", LaunchTemplateData={"UserData": {"Fn::Base64": "true"}})
    spec = {
        "LaunchTemplateSpecification": {"LaunchTemplateId": ref("Quiet"), "Version": "1"},
        "Overrides": [{"LaunchTemplateSpecification": {"LaunchTemplateId": ref("Template"), "Version": "1"}}],
    }
    signalled(built, "AWS::AutoScaling::AutoScalingGroup", VPCZoneIdentifier=[ref("PrivateSubnet1")], MinSize="1", MaxSize="1", MixedInstancesPolicy={"LaunchTemplate": spec})  # fmt: skip
    assert verdict_on(built.judge(), "example.com") is Verdict.NO


def _on_interface(*links: str) -> Town:
    built = town()
    built.add("Interface", "AWS::EC2::NetworkInterface", SubnetId=ref("PublicSubnet1"))
    if "address" in links:
        built.add("Link", "AWS::EC2::EIPAssociation", AllocationId=att("Address", "AllocationId"), NetworkInterfaceId=ref("Interface"))  # fmt: skip
    interface = {"DeviceIndex": "0", "NetworkInterfaceId": ref("Interface")}
    return signalled(built, NetworkInterfaces=[interface], UserData={"Fn::Base64": SCRIPT})


def test_an_interface_of_its_own_brings_subnet_groups_and_address() -> None:
    built = _on_interface("address")
    assert verdict_on(built.judge(), "example.com") is Verdict.YES
    assert "Link" in {address.id for reach in built.judge().reaches for hop in reach.routes[0].hops for address in hop.relies_on}  # fmt: skip


def test_an_interface_without_elastic_ip_gets_no_public_address_from_its_subnet() -> None:
    built = _on_interface().set("PublicSubnet1", MapPublicIpOnLaunch=True)
    assert verdict_on(built.judge(), "example.com") is Verdict.NO


@pytest.mark.parametrize(
    "script",
    [
        "#cloud-config\nruncmd:\n  - curl -fsS https://example.com/a\n",
        "#cloud-config\nruncmd:\n  - [ curl, -o, /tmp/a, 'https://example.com/a' ]\n",
        "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/x-shellscript\n\n#!/bin/bash\nwget -q -O a https://example.com/a\n--x--\n",
        "<powershell>\nInvoke-WebRequest -Uri https://example.com/a -OutFile a\n</powershell>",
        "<powershell>\n$r = irm https://example.com/a\n</powershell>",
        "<powershell>\n(New-Object System.Net.WebClient).DownloadFile('https://example.com/a', 'a')\n</powershell>",
        base64.b64encode(b"#!/bin/bash\ncurl -fsS https://example.com/a\n").decode(),
        "curl -fsS --retry 3 https://example.com/a\n",
    ],
)  # fmt: skip
def test_a_script_is_read_in_every_form(script: str) -> None:
    assert [host for _, host, _ in read_script(script).fetches] == ["example.com"]


@pytest.mark.parametrize("script", ["curl -x http://proxy:3128 https://example.com/a\n", "curl --proxy http://p:1 https://example.com\n", "iwr https://example.com -Proxy http://p:1\n"])  # fmt: skip
def test_what_goes_by_a_proxy_is_told(script: str) -> None:
    assert read_script(script).proxied
    assert not read_script("curl -X PUT https://example.com/a\n").proxied


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("s3.amazonaws.com", ("s3", "")),
        ("bucket.s3.eu-west-1.amazonaws.com", ("s3", "eu-west-1")),
        ("s3-eu-west-1.amazonaws.com", ("s3", "eu-west-1")),
        ("sqs.us-east-1.amazonaws.com", ("sqs", "us-east-1")),
        ("truststore.pki.rds.amazonaws.com", None),
        ("example.com", None),
    ],
)
def test_a_host_of_aws_is_a_service(host: str, service: tuple[str, str] | None) -> None:
    assert service_of_host(host) == service


def test_a_download_from_a_bucket_takes_the_gateway_endpoint() -> None:
    script = SCRIPT.replace("https://example.com/a", "https://s3.${AWS::Region}.amazonaws.com/bucket/a")
    built = signalled(town(nat=False, endpoints=("s3", "cloudformation")), SubnetId=ref("PrivateSubnet1"), UserData={"Fn::Base64": {"Fn::Sub": script}})  # fmt: skip
    assert not blocking(built.judge())


def test_a_build_fetches_packages() -> None:
    built = town(nat=False, endpoints=("s3", "logs"))
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="build", VpcId=ref("Vpc"))
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - pip install requests\n      - aws sqs list-queues\n"
    built.add(
        "Build", "AWS::CodeBuild::Project", Source={"Type": "NO_SOURCE", "BuildSpec": spec},
        VpcConfig={"VpcId": ref("Vpc"), "Subnets": [ref("PrivateSubnet1")], "SecurityGroupIds": [att("Group", "GroupId")]},
    )  # fmt: skip
    assert verdict_on(built.judge(), "the Python package index") is Verdict.NO
    assert verdict_on(built.judge(), "sqs") is Verdict.NO
