"""Services that try their network while they are made: clusters of EMR, and file systems for Windows."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on

from stackflight.model.finding import Verdict


def _cluster(built: Town, **place: Any) -> Town:
    built.add("Big", "AWS::EMR::Cluster", Name="big", JobFlowRole="p", ServiceRole="r", Instances=place)
    return built


@pytest.mark.parametrize("nat", [True, False])
def test_a_cluster_of_emr_needs_a_way_to_its_buckets(nat: bool) -> None:
    judged = _cluster(town(nat=nat), Ec2SubnetId=ref("PrivateSubnet1")).judge()

    assert verdict_on(judged, "s3") is (Verdict.YES if nat else Verdict.NO)
    assert [item.resources[0] for item in blocking(judged)] == ([] if nat else ["Big"])


def test_of_several_subnets_emr_chooses_one() -> None:
    assert not blocking(_cluster(town(nat=False), Ec2SubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")]).judge())


def _windows(built: Town, egress: list[dict[str, Any]], **directory: Any) -> Town:
    built.add("Door", "AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("Vpc"), SecurityGroupEgress=egress)
    built.add("People", "AWS::DirectoryService::MicrosoftAD", Name="corp.example.com", Password="x", VpcSettings={"VpcId": ref("Vpc"), "SubnetIds": [ref("PrivateSubnet1"), ref("PrivateSubnet2")]})  # fmt: skip
    settings = {"ThroughputCapacity": 8, **(directory or {"ActiveDirectoryId": ref("People")})}
    built.add("Files", "AWS::FSx::FileSystem", FileSystemType="WINDOWS", StorageCapacity=32, SubnetIds=[ref("PrivateSubnet1")], SecurityGroupIds=[att("Door", "GroupId")], WindowsConfiguration=settings)  # fmt: skip
    return built


OPEN = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
SMB = [{"IpProtocol": "tcp", "FromPort": 445, "ToPort": 445, "CidrIp": "10.0.0.0/8"}]


@pytest.mark.parametrize(("egress", "struck"), [(OPEN, False), (SMB, True)])
def test_a_file_system_for_windows_is_let_out_to_its_directory(egress: list[dict[str, Any]], struck: bool) -> None:
    found = blocking(_windows(town(), egress).judge())

    assert bool(found) is struck
    assert all("Files" in item.resources for item in found)
    assert len(found) <= 2


@pytest.mark.parametrize(("egress", "struck"), [(OPEN, False), (SMB, True)])
def test_servers_of_a_directory_of_ones_own_are_asked_by_their_address(
    egress: list[dict[str, Any]], struck: bool
) -> None:
    own = {"SelfManagedActiveDirectoryConfiguration": {"DnsIps": ["10.0.1.10"], "DomainName": "corp.example.com"}}

    assert bool(blocking(_windows(town(), egress, **own).judge())) is struck
