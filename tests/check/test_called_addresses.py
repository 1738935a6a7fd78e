"""Addresses that code puts together: a host from one variable, a port from the code or another, and names on the internet."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from test_arrivals import WEB, over_privatelink
from towns import Town, att, ref, town, verdict_on, with_function

from stackflight.model.finding import Severity, Verdict
from stackflight.read.needs.called_addresses import node_addresses, public_hosts, python_addresses
from stackflight.read.needs.python_names import Names


@pytest.mark.parametrize(
    ("code", "addresses"),
    [
        ("u = 'http://' + os.environ['H'] + ':80/'", ["http://${env:H}:80/"]),
        ("u = f'http://{os.environ[\"H\"]}/x'", ["http://${env:H}/x"]),
        ("H = os.getenv('H')\nsocket.create_connection((H, 80), timeout=5)", ["${env:H}:80"]),
        ("s.connect((os.environ['H'], int(os.environ['P'])))", ["${env:H}:${env:P}"]),
        ("http.client.HTTPSConnection(os.environ['H'])", ["${env:H}:443"]),
        ("psycopg2.connect(host=os.environ['H'], dbname='x')", ["${env:H}:5432"]),
        ("redis.Redis(host=os.environ.get('H'), port=6380)", ["${env:H}:6380"]),
        ("urllib.request.urlopen(os.environ['U'])", ["${env:U}"]),
        ("urlopen(event['ResourceProperties']['Url'])", ["${event:Url}"]),
        ("x = 'a' + os.sep\nprint(os.environ['H'])", []),
    ],
)
def test_an_address_is_read_with_what_the_environment_gives(code: str, addresses: list[str]) -> None:
    assert python_addresses(Names(ast.parse(code))) == addresses


@pytest.mark.parametrize(
    ("code", "addresses"),
    [
        ("fetch(`http://${process.env.H}:80/`)", ["http://${env:H}:80/"]),
        ("const h = process.env.H; fetch('http://' + h + ':80/')", ["http://${env:H}:80/"]),
        ("const https = require('https'); https.request({ hostname: process.env.H, path: '/' })", ["${env:H}:443"]),
        ("new Client({ host: process.env.H, port: 5432 })", ["${env:H}:5432"]),
        ("await axios.get(process.env.U)", ["${env:U}"]),
        ("console.log('a' + b)", []),
    ],
)
def test_a_script_is_read_the_same_way(code: str, addresses: list[str]) -> None:
    assert node_addresses(code) == addresses


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
