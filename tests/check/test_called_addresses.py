"""Addresses that code puts together: a host from one variable, a port from the code or another, and names on the internet."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from test_arrivals import WEB, over_privatelink
from towns import Town, att, ref, town, verdict_on, with_function

from stackflight.model.finding import Severity, Verdict
from stackflight.read.needs.called_addresses import Addresses, node_addresses, public_hosts, python_addresses
from stackflight.read.needs.python_names import Names
from stackflight.read.needs.services import names_resource


@pytest.mark.parametrize(
    ("code", "called", "composed"),
    [
        ("u = 'http://' + os.environ['H'] + ':80/'", [], ["http://${env:H}:80/"]),
        ("u = f'http://{os.environ[\"H\"]}/x'\nurlopen(u)", ["http://${env:H}/x"], []),
        ("requests.get(url=f'http://{os.environ[\"H\"]}/x')", ["http://${env:H}/x"], []),
        ("mail(f'{os.environ[\"SITE\"]}/welcome')", [], ["${env:SITE}/welcome"]),
        ("try:\n    requests.get(os.environ['U'])\nexcept Exception:\n    pass", [], ["${env:U}"]),
        ("H = os.getenv('H')\nsocket.create_connection((H, 80), timeout=5)", ["${env:H}:80"], []),
        ("s.connect((os.environ['H'], int(os.environ['P'])))", ["${env:H}:${env:P}"], []),
        ("http.client.HTTPSConnection(os.environ['H'])", ["${env:H}:443"], []),
        ("psycopg2.connect(host=os.environ['H'], dbname='x')", ["${env:H}:5432"], []),
        ("redis.Redis(host=os.environ.get('H'), port=6380)", ["${env:H}:6380"], []),
        ("urllib.request.urlopen(os.environ['U'])", ["${env:U}"], []),
        ("urlopen(event['ResourceProperties']['Url'])", ["${event:Url}"], []),
        ("x = 'a' + os.sep\nprint(os.environ['H'])", [], []),
    ],
)
def test_an_address_is_read_with_what_the_environment_gives(code: str, called: list[str], composed: list[str]) -> None:
    assert python_addresses(Names(ast.parse(code))) == Addresses(tuple(called), tuple(composed))


@pytest.mark.parametrize(
    ("code", "called", "composed"),
    [
        ("fetch(`http://${process.env.H}:80/`, { method: 'POST' })", ["http://${env:H}:80/"], []),
        ("const h = process.env.H; fetch('http://' + h + ':80/')", ["http://${env:H}:80/"], []),
        ("const link = `https://${process.env.SITE}/x`; send(link)", [], ["https://${env:SITE}/x"]),
        ("const https = require('https'); https.request({ hostname: process.env.H, path: '/' })", ["${env:H}:443"], []),
        ("new Client({ host: process.env.H, port: 5432 })", ["${env:H}:5432"], []),
        ("await axios.get(process.env.U)", ["${env:U}"], []),
        ("console.log('a' + b)", [], []),
    ],
)
def test_a_script_is_read_the_same_way(code: str, called: list[str], composed: list[str]) -> None:
    assert node_addresses(code) == Addresses(tuple(called), tuple(composed))


FETCH = (
    "import urllib.request\ndef handler(event, context):\n    {}urllib.request.urlopen('https://pypi.org/simple/')\n"
)


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        (FETCH.format(""), Severity.BLOCKING),
        (FETCH.format("if event['RequestType'] == 'Create': "), Severity.BLOCKING),
        (FETCH.format("if context.x: "), Severity.WARNING),
        (FETCH.format("if event['RequestType'] == 'Delete': "), Severity.WARNING),
        (FETCH.replace("def handler", "def never").format("") + "def handler(event, context): pass\n", Severity.WARNING),
        ("import http.client\ndef handler(event, context):\n    http.client.HTTPSConnection('pypi.org').connect()\n", Severity.BLOCKING),
        ("exports.handler = async () => { await fetch('https://pypi.org/') }", Severity.BLOCKING),
        ("exports.handler = async () => { if (process.env.X) { await fetch('https://pypi.org/') } }", Severity.WARNING),
        ("exports.handler = async () => { require('https').get({hostname: 'pypi.org', path: '/'}) }", Severity.BLOCKING),
    ],
)  # fmt: skip
def test_a_host_that_a_custom_resource_surely_calls_is_a_need_of_its_creation(code: str, severity: Severity) -> None:
    built = with_function(town(nat=False, endpoints=("s3",))).set("Function", Code={"ZipFile": code})
    found = [item for item in built.judge().findings if "cannot reach pypi.org" in item.message]
    assert [item.severity for item in found][:1] == [severity]


HOST = {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, att("Link", "DnsEntries")]}]}]}


@pytest.mark.parametrize(("block", "verdict"), [("10.0.0.0/16", Verdict.YES), ("172.16.0.0/12", Verdict.NO)])
@pytest.mark.parametrize(
    "code",
    [
        "import os, urllib.request\nurllib.request.urlopen('http://' + os.environ['HOST'] + '/')",
        "import os, socket\nsocket.create_connection((os.environ['HOST'], 80))",
    ],
)
def test_the_name_of_an_endpoint_alone_is_a_need_by_the_port_of_the_code(code: str, block: str, verdict: Verdict) -> None:  # fmt: skip
    built = over_privatelink({**WEB, "CidrIp": block})
    built.set("Function", Environment={"Variables": {"HOST": HOST}}, Code={"ZipFile": code})
    judged = built.judge()
    assert verdict_on(judged, "Balancer:80") is verdict
    said = {item.severity for item in judged.findings if item.check == "destination-unreachable"}
    assert said == ({Severity.BLOCKING} if verdict is Verdict.NO else set())


def test_a_task_that_is_given_a_host_and_its_port_needs_what_answers_there() -> None:
    built = over_privatelink({**WEB, "CidrIp": "172.16.0.0/12"}).remove("Init")
    variables = [{"Name": "API_HOST", "Value": HOST}, {"Name": "API_PORT", "Value": "80"}]
    built.add("Task", "AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "app", "Image": "public.ecr.aws/a/b:1", "Environment": variables}])  # fmt: skip
    network = {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [ref("Group")]}
    built.add("App", "AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition=ref("Task"), NetworkConfiguration={"AwsvpcConfiguration": network})  # fmt: skip
    found = [item.verdict for item in built.judge().reaches if (item.need.workload.address.id, item.need.target.title) == ("App", "Balancer:80")]  # fmt: skip
    assert found == [Verdict.NO]


def _fetching(code: str, **variables: Any) -> Town:
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager"))).remove("Init")
    return built.set("Function", Code={"ZipFile": code}, Environment={"Variables": variables})


@pytest.mark.parametrize(
    ("code", "variables", "severity"),
    [
        ("import os, requests\nrequests.get(os.environ['U'])", {"U": "https://api.example.com/v1"}, Severity.BLOCKING),
        ("import os, requests\nrequests.get(f\"https://{os.environ['U']}/v1\")", {"U": "api.example.com"}, Severity.BLOCKING),
        ("import os, requests\ndef go(u):\n    requests.get(u)\ngo(os.environ['API_URL'])", {"API_URL": "https://api.example.com/v1"}, Severity.WARNING),
        ("import os, requests\nprint(f\"{os.environ['U']}/welcome\")\nrequests.get(x)", {"U": "https://app.example.com"}, Severity.WARNING),
        ("import os\nprint(os.environ['U'])", {"U": "https://api.example.com/v1"}, None),
        ("import os, requests\nrequests.get(os.environ['U'])", {"U": "https://api.corp.internal/v1"}, None),
        ("import os, requests\nrequests.get(os.environ['U'])", {"U": ref("Given")}, None),
        ("import os, requests\nrequests.get(os.environ['U'])", {"U": "https://api.example.com", "HTTPS_PROXY": ref("Given")}, None),
    ],
)  # fmt: skip
def test_a_public_name_in_a_variable_is_a_need_of_the_code_that_calls_it(
    code: str, variables: dict[str, Any], severity: Severity | None
) -> None:
    built = _fetching(code, **variables)
    built.parameters["Given"] = {"Type": "String"}
    found = [item.severity for item in built.judge().findings if item.check == "workload-cannot-reach-internet"]
    assert found == ([severity] if severity else [])


def test_a_url_is_public_where_a_server_on_the_internet_may_answer_for_its_whole_host() -> None:
    text = "https://a.example.com:8443/x http://b.example.org https://c.${Zone}/ https://10.0.0.1/ http://d.local https://e-${X}.example.com"
    assert public_hosts(text) == [("a.example.com", 8443), ("b.example.org", 80)]


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("vpc-data-abc.eu-west-1.es.amazonaws.com", True),
        ("internal-front-12.eu-west-1.elb.amazonaws.com", True),
        ("front-12.elb.eu-west-1.amazonaws.com", True),
        ("b-1.bus.abc.c2.kafka.eu-west-1.amazonaws.com", True),
        ("abc.gr7.eu-west-1.eks.amazonaws.com", True),
        ("svc-1.7d67968.vpc-lattice-svcs.eu-west-1.on.aws", True),
        ("kafka.eu-west-1.amazonaws.com", False),
        ("elasticloadbalancing.eu-west-1.amazonaws.com", False),
        ("bucket.s3.eu-west-1.amazonaws.com", False),
        ("abc.lambda-url.eu-west-1.on.aws", False),
        ("api.example.com", False),
    ],
)
def test_names_of_resources_of_aws_may_have_private_addresses(host: str, named: bool) -> None:
    assert names_resource(host) is named
    assert bool(public_hosts(f"https://{host}/")) is not named


CALL = "import os, urllib.request\nurllib.request.urlopen(os.environ['URL'])"


def _by_private_name(url: str, port: int = 80, **service: Any) -> Town:
    built = over_privatelink({**WEB, "CidrIp": "10.0.0.0/16"}).remove("Init")
    built.remove("PrivateRoute").remove("Nat")
    built.set("Service", PrivateDnsName="api.vendor.example.com", **service).set("Link", PrivateDnsEnabled=True)
    built.set("LinkGroup", SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/16"}])  # fmt: skip
    return built.set("Function", Environment={"Variables": {"URL": url}}, Code={"ZipFile": CALL})


@pytest.mark.parametrize(
    ("host", "port", "verdict"),
    [
        ("api.vendor.example.com", 80, Verdict.YES),
        ("api.vendor.example.com", 443, Verdict.NO),
        ("other.vendor.example.com", 80, Verdict.NO),
    ],
)
def test_the_private_name_of_an_endpoint_service_leads_to_its_endpoint(host: str, port: int, verdict: Verdict) -> None:
    judged = _by_private_name(f"http://{host}/", port).judge()
    assert verdict_on(judged, host) is verdict
    blamed = {name for item in judged.findings for name in item.resources if item.severity is Severity.BLOCKING}
    assert ("LinkGroup" in blamed) is (port == 443)


def test_what_somebody_elses_endpoint_answers_for_is_a_question_where_nothing_else_leads_there() -> None:
    built = _by_private_name("http://api.elsewhere.example.com/")
    built.set("Link", ServiceName="com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0").remove("Service")
    assert verdict_on(built.judge(), "api.elsewhere.example.com") is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("accepts", "verdict"), [(False, Verdict.YES), (True, Verdict.UNKNOWN), (None, Verdict.UNKNOWN)]
)
def test_an_endpoint_that_somebody_has_to_accept_is_not_proved_open(accepts: bool | None, verdict: Verdict) -> None:
    built = over_privatelink({**WEB, "CidrIp": "10.0.0.0/16"})
    if accepts is None:
        del built.resources["Service"]["Properties"]["AcceptanceRequired"]
    else:
        built.set("Service", AcceptanceRequired=accepts)
    assert verdict_on(built.judge(), "Link:80") is verdict


def test_a_record_of_an_own_zone_leads_a_public_looking_name_to_an_endpoint() -> None:
    built = _by_private_name("http://www.example.org/")
    built.add("Zone", "AWS::Route53::HostedZone", Name="example.org", VPCs=[{"VPCId": ref("Vpc"), "VPCRegion": ref("AWS::Region")}])  # fmt: skip
    built.add("Name", "AWS::Route53::RecordSet", HostedZoneId=ref("Zone"), Name="www.example.org", Type="CNAME", TTL="60", ResourceRecords=[HOST])  # fmt: skip
    assert verdict_on(built.judge(), "www.example.org") is Verdict.YES


@pytest.mark.parametrize(
    ("ports", "verdict"), [((6379, 6380), Verdict.YES), ((6379, 6379), Verdict.UNKNOWN), ((443, 443), Verdict.NO)]
)
def test_a_serverless_cache_is_read_on_one_of_two_ports(ports: tuple[int, int], verdict: Verdict) -> None:
    built = _fetching("import redis, os\nredis.Redis(host=os.environ['C'])", C=att("Cache", "ReaderEndpoint.Address"))
    rule = {
        "IpProtocol": "tcp",
        "FromPort": ports[0],
        "ToPort": ports[1],
        "SourceSecurityGroupId": att("Group", "GroupId"),
    }
    built.add(
        "CacheGroup", "AWS::EC2::SecurityGroup", GroupDescription="c", VpcId=ref("Vpc"), SecurityGroupIngress=[rule]
    )
    built.add("Cache", "AWS::ElastiCache::ServerlessCache", Engine="valkey", ServerlessCacheName="c", SubnetIds=[ref("PrivateSubnet1")], SecurityGroupIds=[att("CacheGroup", "GroupId")])  # fmt: skip
    assert verdict_on(built.judge(), "Cache on port 6379 or 6380") is verdict


@pytest.mark.parametrize(
    ("kind", "attribute", "given", "named"),
    [
        ("AWS::Lambda::Url", "FunctionUrl", {}, True),
        ("AWS::AppSync::GraphQLApi", "GraphQLUrl", {}, True),
        ("AWS::AppSync::GraphQLApi", "GraphQLUrl", {"Visibility": "PRIVATE"}, False),
        ("AWS::EKS::Cluster", "Endpoint", {"ResourcesVpcConfig": {"EndpointPrivateAccess": False}}, True),
        ("AWS::EKS::Cluster", "Endpoint", {"ResourcesVpcConfig": {"EndpointPrivateAccess": True}}, False),
        ("AWS::Lambda::Url", "FunctionArn", {}, False),
    ],
)
@pytest.mark.parametrize("behind", ["", "https://elsewhere.example.com/?back="])
def test_a_name_that_the_template_gives_on_the_internet_is_one_there(
    kind: str, attribute: str, given: dict[str, Any], named: bool, behind: str
) -> None:
    built = _fetching("import os, urllib.request\nurllib.request.urlopen(os.environ['URL'])\n").add("Thing", kind, **given)  # fmt: skip
    value = {"Fn::Join": ["", [behind, att("Thing", attribute)]]} if behind else att("Thing", attribute)
    built.set("Function", Environment={"Variables": {"URL": value}})
    titles = {reach.need.target.title for reach in built.judge().reaches}
    assert ("the public address of Thing" in titles) is (named and not behind)


def test_a_service_is_told_by_its_name_in_the_own_region() -> None:
    url = {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/pool/.well-known/jwks.json"}
    built = _fetching("import os, urllib.request\nurllib.request.urlopen(os.environ['URL'])\n", URL=url)
    assert "cognito-idp" in {reach.need.target.title for reach in built.judge().reaches}
