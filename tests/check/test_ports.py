"""On which port something listens: given, usual, one of several, or the attribute that repeats it."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Verdict


def _cluster(**properties: Any) -> Town:
    built = with_database(with_function(town()))
    built.remove("Database")
    built.add(
        "Database", "AWS::RDS::DBCluster", Engine="aurora-postgresql", ManageMasterUserPassword=True, MasterUsername="a",
        DBSubnetGroupName=ref("DatabaseSubnets"), VpcSecurityGroupIds=[att("DatabaseGroup", "GroupId")], **properties,
    )  # fmt: skip
    return built


def _let_in(built: Town, first: Any, last: Any = None) -> Town:
    rule = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last or first}
    source = {"SourceSecurityGroupId": att("Group", "GroupId")}
    return built.set("DatabaseGroup", SecurityGroupIngress=[rule | source])


@pytest.mark.parametrize("port", [5433, "5433"])
def test_a_rule_for_the_port_attribute_is_a_rule_for_the_port(port: Any) -> None:
    built = _let_in(_cluster(Port=port), att("Database", "Endpoint.Port"))
    assert verdict_on(built.judge(), "Database:5433") is Verdict.YES
    assert verdict_on(_let_in(_cluster(Port=port), 5432).judge(), "Database:5433") is Verdict.NO


def test_a_rule_for_the_port_attribute_holds_where_the_port_is_not_known() -> None:
    built = _let_in(_cluster(), att("Database", "Endpoint.Port"))
    assert verdict_on(built.judge(), "Database on port 5432 or 3306") is Verdict.YES


@pytest.mark.parametrize(
    ("first", "last", "verdict"),
    [
        (5432, 5432, Verdict.UNKNOWN),
        (3306, 3306, Verdict.UNKNOWN),
        (1024, 6000, Verdict.YES),
        (27017, 27017, Verdict.NO),
    ],
)
def test_a_port_that_is_one_of_two_is_decided_only_where_both_agree(first: int, last: int, verdict: Verdict) -> None:
    """A provisioned aurora-postgresql cluster without Port listens on one of two, as the documents of AWS disagree."""
    judged = _let_in(_cluster(), first, last).judge()
    assert verdict_on(judged, "Database on port 5432 or 3306") is verdict
    assert bool(blocking(judged)) is (verdict is Verdict.NO)


def test_two_rules_together_let_in_what_comes_on_either_of_two_ports() -> None:
    built = _let_in(_cluster(), 5432, 5432)
    more = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "CidrIp": "10.0.0.0/16"}
    built.add("More", "AWS::EC2::SecurityGroupIngress", GroupId=att("DatabaseGroup", "GroupId"), **more)
    assert verdict_on(built.judge(), "Database on port 5432 or 3306") is Verdict.YES


def test_a_serverless_cluster_listens_on_the_port_of_its_engine() -> None:
    assert verdict_on(_cluster(EngineMode="serverless").judge(), "Database:5432") is Verdict.YES


@pytest.mark.parametrize(("family", "port"), [("MYSQL", 3306), ("POSTGRESQL", 5432), ("SQLSERVER", 1433)])
def test_a_proxy_listens_on_the_port_of_its_engine_family(family: str, port: int) -> None:
    built = _let_in(with_database(with_function(town())), 27017)
    built.add(
        "Proxy", "AWS::RDS::DBProxy", DBProxyName="proxy", EngineFamily=family, RoleArn=att("Role", "Arn"),
        VpcSubnetIds=[ref("PrivateSubnet1"), ref("PrivateSubnet2")], VpcSecurityGroupIds=[att("DatabaseGroup", "GroupId")],
    )  # fmt: skip
    built.set("Function", Environment={"Variables": {"HOST": att("Proxy", "Endpoint")}})
    assert verdict_on(built.judge(), f"Proxy:{port}") is Verdict.NO


def test_brokers_are_out_of_reach_where_no_listener_is_open() -> None:
    """Which listeners there are, ClientAuthentication and the encryption in transit say."""

    def brokers(port: int, **given: Any) -> Town:
        built = _let_in(with_database(with_function(town())), port)
        built.add(
            "Brokers", "AWS::MSK::Cluster", ClusterName="c", KafkaVersion="3.6.0", NumberOfBrokerNodes=2,
            BrokerNodeGroupInfo={
                "InstanceType": "kafka.m5.large", "ClientSubnets": [ref("PrivateSubnet1"), ref("PrivateSubnet2")],
                "SecurityGroups": [att("DatabaseGroup", "GroupId")],
            }, **given,
        )  # fmt: skip
        return built.set("Function", Environment={"Variables": {"B": att("Brokers", "BootstrapBrokers")}})

    both = {"Sasl": {"Iam": {"Enabled": True}, "Scram": {"Enabled": True}}}
    title = "Brokers on port 9098 or 9096"
    assert verdict_on(brokers(2181, ClientAuthentication=both).judge(), title) is Verdict.NO
    assert verdict_on(brokers(9098, ClientAuthentication=both).judge(), title) is Verdict.UNKNOWN

    identified = {"Sasl": {"Iam": {"Enabled": True}}}
    assert verdict_on(brokers(9098, ClientAuthentication=identified).judge(), "Brokers:9098") is Verdict.YES
    assert verdict_on(brokers(9094, ClientAuthentication=identified).judge(), "Brokers:9098") is Verdict.NO
    assert verdict_on(brokers(9098).judge(), "Brokers:9094") is Verdict.NO
    plain = {"EncryptionInTransit": {"ClientBroker": "PLAINTEXT"}}
    assert verdict_on(brokers(9092, EncryptionInfo=plain).judge(), "Brokers:9092") is Verdict.YES


def test_a_list_of_ids_that_was_joined_is_split_again() -> None:
    joined = {"Fn::Join": [",", [ref("PrivateSubnet1"), ref("PrivateSubnet2")]]}
    built = with_database(with_function(town(nat=False)))
    built.set("Function", VpcConfig={"SubnetIds": {"Fn::Split": [",", joined]}, "SecurityGroupIds": [ref("Group")]})
    assert verdict_on(built.judge(), "s3") is Verdict.NO


def test_a_trigger_runs_its_function_during_the_deployment() -> None:
    built = with_database(with_function(town()))
    built.remove("Init").set("DatabaseGroup", SecurityGroupIngress=[])
    built.add("Version", "AWS::Lambda::Version", FunctionName=ref("Function"))
    built.add(
        "Provider", "AWS::Lambda::Function", Role=att("Role", "Arn"), Code={"ZipFile": "pass"}, Runtime="python3.13"
    )
    built.add("Trigger", "Custom::Trigger", ServiceToken=att("Provider", "Arn"), HandlerArn=ref("Version"))
    assert "Trigger" in blocking(built.judge())[0].resources
