"""The port that is called, against the one that something listens on, and the protocol where nobody says it."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Verdict

CALL = "import os, urllib.request\ndef handler(event, context):\n    urllib.request.urlopen(os.environ['URL'])\n"
PRIVATE = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]


def calling(code: str, built: Town | None = None, **variables: Any) -> Town:
    town_ = (built or with_function(town())).remove("Init")
    return town_.set("Function", Code={"ZipFile": code}, Environment={"Variables": variables})


def behind_balancer(url: str, *ports: Any, handed_on: bool = False) -> Town:
    built = with_function(town())
    rules = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "CidrIp": "10.0.0.0/16"}]
    built.add("Doors", "AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("Vpc"), SecurityGroupIngress=rules)
    built.add("Alb", "AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internal", Subnets=PRIVATE, SecurityGroups=[ref("Doors")])  # fmt: skip
    for index, port in enumerate(ports):
        built.add(f"Listener{index}", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Alb"), Port=port, Protocol="HTTP")  # fmt: skip
    if handed_on:
        built.add("More", "AWS::CloudFormation::Stack", TemplateURL="https://x", Parameters={"Alb": ref("Alb")})
    built.parameters["Port"] = {"Type": "Number"}
    return calling(CALL, built, URL={"Fn::Sub": url})


@pytest.mark.parametrize(
    ("built", "title", "verdict"),
    [
        (behind_balancer("http://${Alb.DNSName}/x", 80), "Alb:80", Verdict.YES),
        (behind_balancer("https://${Alb.DNSName}/x", 80), "Alb:443", Verdict.NO),
        (behind_balancer("https://${Alb.DNSName}/x", 80, 443), "Alb:443", Verdict.YES),
        (behind_balancer("https://${Alb.DNSName}/x", 80, ref("Port")), "Alb:443", Verdict.YES),
        (behind_balancer("https://${Alb.DNSName}/x", 80, handed_on=True), "Alb:443", Verdict.YES),
        (behind_balancer("https://${Alb.DNSName}/x"), "Alb:443", Verdict.YES),
    ],
)
def test_a_balancer_answers_on_the_ports_of_its_listeners(built: Town, title: str, verdict: Verdict) -> None:
    assert verdict_on(built.judge(), title) is verdict


@pytest.mark.parametrize(
    ("code", "variables", "told"),
    [
        ("psycopg2.connect(host=os.environ['HOST'], port=5432)", {}, False),
        ("psycopg2.connect(host=os.environ['HOST'], port=3306)", {}, True),
        ("psycopg2.connect(host=os.environ['HOST'], port=os.environ['PORT'])", {"PORT": "5433"}, True),
        ("psycopg2.connect(os.environ['URL'])", {"URL": {"Fn::Sub": "postgres://a:b@${Database.Endpoint.Address}:5433/x"}}, True),
        ("psycopg2.connect(os.environ['URL'])", {"URL": {"Fn::Sub": "postgres://a:b@${Database.Endpoint.Address}:5432/x"}}, False),
    ],
)  # fmt: skip
def test_a_database_listens_on_one_port(code: str, variables: Properties, told: bool) -> None:
    source = f"import os, psycopg2\ndef handler(event, context):\n    {code}\n"
    built = calling(source, with_database(with_function(town())), HOST=att("Database", "Endpoint.Address"), **variables)
    found = [item for item in blocking(built.judge()) if "Database listens on 5432, and " in item.message]
    assert bool(found) is told


@pytest.mark.parametrize(
    ("step", "protocol", "verdict"),
    [
        ("echo STATSD=${Server.PrivateIp}:8125 > /etc/x", "udp", Verdict.UNKNOWN),
        ("echo STATSD=${Server.PrivateIp}:8125 > /etc/x", "tcp", Verdict.YES),
        ("echo STATSD=${Server.PrivateIp}:8125 > /etc/x", "icmp", Verdict.NO),
        ("curl ${Server.PrivateIp}:8125/up", "udp", Verdict.NO),
        ("echo http://${Server.PrivateIp}:8125 > /etc/x", "udp", Verdict.NO),
    ],
)
def test_where_no_protocol_is_told_an_open_one_may_be_meant(step: str, protocol: str, verdict: Verdict) -> None:
    built = town().add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    rules = [{"IpProtocol": protocol, "FromPort": 8125, "ToPort": 8125, "SourceSecurityGroupId": ref("Group")}]
    built.add("Inner", "AWS::EC2::SecurityGroup", GroupDescription="i", VpcId=ref("Vpc"), SecurityGroupIngress=rules)
    built.add("Server", "AWS::EC2::Instance", SubnetId=PRIVATE[0], SecurityGroupIds=[ref("Inner")])
    built.add("Machine", "AWS::EC2::Instance", SubnetId=PRIVATE[1], SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": {"Fn::Sub": f"#!/bin/bash\n{step}\n"}})  # fmt: skip
    assert verdict_on(built.judge(), "Server:8125") is verdict


@pytest.mark.parametrize(("port", "verdict"), [("587", Verdict.NO), ("443", Verdict.YES)])
def test_a_mail_server_is_called_on_its_own_port(port: str, verdict: Verdict) -> None:
    code = "import os, smtplib\ndef handler(event, context):\n    smtplib.SMTP(os.environ['HOST'], int(os.environ['PORT']))\n"
    built = calling(code, HOST="smtp.example.com", PORT=port)
    built.set(
        "Group", SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]
    )
    assert verdict_on(built.judge(), "smtp.example.com") is verdict
