"""File systems of Amazon FSx that a machine mounts: Multi-AZ ones have a floating address, to which listed tables lead."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, blocking, ref, town

from stackflight.model.finding import Severity, Verdict

MOUNT = "mount -t nfs -o nfsvers=4.1 ${Files.DNSName}:/fsx/ /assets"


def _mounting(
    command: str = MOUNT, kind: str = "OPENZFS", group: dict[str, Any] | None = None, **settings: Any
) -> Town:
    built = town()
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="machine", VpcId=ref("Vpc"))
    rule = group or {"SourceSecurityGroupId": ref("Group")}
    opened = [{"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, **rule}]
    built.add("FileGroup", "AWS::EC2::SecurityGroup", GroupDescription="files", VpcId=ref("Vpc"), SecurityGroupIngress=opened)  # fmt: skip
    key = {"OPENZFS": "OpenZFSConfiguration", "ONTAP": "OntapConfiguration"}[kind]
    given = {"DeploymentType": "MULTI_AZ_1", "EndpointIpAddressRange": "10.0.255.0/28"} | settings
    subnets = [ref("PublicSubnet1"), ref("PublicSubnet2")]
    built.add("Files", "AWS::FSx::FileSystem", FileSystemType=kind, SubnetIds=subnets, SecurityGroupIds=[ref("FileGroup")], **{key: given})  # fmt: skip
    built.add("Svm", "AWS::FSx::StorageVirtualMachine", Name="svm", FileSystemId=ref("Files"))
    script = f"#!/bin/bash\n{command}\n/opt/aws/bin/cfn-signal -e $? --resource Machine\n"
    built.add("Machine", "AWS::EC2::Instance", ImageId="ami-1", SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": {"Fn::Sub": script}})  # fmt: skip
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Count": 1}}
    built.parameters |= {"Table": {"Type": "String"}, "Tables": {"Type": "CommaDelimitedList"}}
    return built


def _verdict(built: Town) -> Verdict | None:
    reaches = built.judge().case.reaches
    return next((item.verdict for item in reaches if item.need.purpose == "mount the file system Files"), None)


BOTH = [ref("PublicTable"), ref("PrivateTable")]


@pytest.mark.parametrize(
    ("built", "verdict"),
    [
        (_mounting(RouteTableIds=[ref("PublicTable")]), Verdict.NO),
        (_mounting(), Verdict.NO),
        (_mounting(RouteTableIds=BOTH), Verdict.YES),
        (_mounting("timeout 300 mount -t nfs ${Svm}.${Files}.fsx.${AWS::Region}.amazonaws.com:/v /v", "ONTAP", RouteTableIds=[ref("PublicTable")]), Verdict.NO),
        (_mounting("echo '${Files.DNSName}:/fsx /a nfs defaults 0 0' >> /etc/fstab && mount -a", RouteTableIds=[ref("PublicTable")]), Verdict.NO),
        (_mounting(RouteTableIds=[ref("PublicTable"), ref("Table")]), Verdict.UNKNOWN),
        (_mounting(RouteTableIds=ref("Tables")), Verdict.UNKNOWN),
        (_mounting(RouteTableIds=BOTH, group={"CidrIp": "10.9.0.0/16"}), Verdict.NO),
        (_mounting(DeploymentType="SINGLE_AZ_2"), Verdict.YES),
        (_mounting(DeploymentType=ref("Table")), None),
        (_mounting("echo ${Files.DNSName} > /etc/motd"), None),
    ],
)  # fmt: skip
def test_a_machine_mounts_what_its_route_table_leads_to(built: Town, verdict: Verdict | None) -> None:
    assert _verdict(built) is verdict


def test_a_subnet_without_a_table_of_its_own_uses_the_main_one() -> None:
    built = _mounting().remove("PrivateLink1", "PrivateLink2")
    assert _verdict(built) is Verdict.YES
    assert _verdict(_mounting(RouteTableIds=BOTH).remove("PrivateLink1", "PrivateLink2")) is Verdict.NO


def test_the_finding_says_which_table_to_add_and_a_tolerated_mount_only_warns() -> None:
    found = blocking(_mounting(RouteTableIds=[ref("PublicTable")]).judge())[0]
    assert (found.check, found.remedy) == ("file-system-unreachable", "add PrivateTable to the RouteTableIds of Files")
    assert found.resources[:2] == ("Files", "Machine")
    judged = _mounting(f"{MOUNT} || true", RouteTableIds=[ref("PublicTable")]).judge()
    told = [item.severity for item in judged.findings if item.check == "file-system-unreachable"]
    assert told == [Severity.WARNING]


@pytest.mark.parametrize(
    ("kind", "command", "port"),
    [
        ("LUSTRE", "mount -t lustre ${Files.DNSName}@tcp:/${Files.LustreMountName} /scratch", 988),
        ("WINDOWS", "mount -t cifs //${Files.DNSName}/share /share", 445),
        ("WINDOWS", "New-PSDrive -Name Z -PSProvider FileSystem -Root '//${Files.DNSName}/share'", 445),
    ],
)
def test_other_file_systems_answer_on_ports_of_their_own(kind: str, command: str, port: int) -> None:
    built = _mounting(command).set("Files", FileSystemType=kind)
    assert _verdict(built) is Verdict.NO
    opened = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "SourceSecurityGroupId": ref("Group")}]
    assert _verdict(built.set("FileGroup", SecurityGroupIngress=opened)) is Verdict.YES
