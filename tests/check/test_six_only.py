"""Code that connects over IPv6 and nothing else, in a function that has or has not an IPv6 address."""

from __future__ import annotations

import pytest
from test_dual_stack import six
from towns import Town, att, blocking, ref

SOCKET = "import socket\ndef handler(event, context):\n    return socket.getaddrinfo('example.com', 443, {family})[0]\n"
FALLS_BACK = "import socket\ndef handler(event, context):\n    try:\n        socket.socket(socket.AF_INET6).connect(('::', 1))\n    except OSError:\n        pass\n"


def _calling(code: str, allowed: bool | None = None) -> Town:
    built = six("").remove("Box")
    place = {"SubnetIds": [ref("PrivateSubnet1")], "SecurityGroupIds": [att("BoxSg", "GroupId")]}
    given = place if allowed is None else place | {"Ipv6AllowedForDualStack": allowed}
    built.add("Role", "AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": []})
    runtime = "python3.13" if code.startswith("import") else "nodejs22.x"
    return built.add("Function", "AWS::Lambda::Function", Runtime=runtime, Handler="index.handler", Role=att("Role", "Arn"), Code={"ZipFile": code}, VpcConfig=given)  # fmt: skip


def _told(built: Town) -> bool:
    return any(
        "Function cannot reach hosts over IPv6: Function has no IPv6 address" in item.message
        for item in blocking(built.judge())
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (SOCKET.format(family="socket.AF_INET6"), True),
        ("import urllib3.util.connection as c\nfrom socket import AF_INET6\nc.allowed_gai_family = lambda: AF_INET6\n", True),
        ("import urllib.request\ndef handler(event, context):\n    urllib.request.urlopen('http://[2600:1f18::1]/x')\n", True),
        ("const https = require('https');\nexports.handler = async () => https.get({host: 'example.com', family: 6});\n", True),
        (SOCKET.format(family="socket.AF_UNSPEC"), False),
        (SOCKET.format(family="socket.AF_INET6 if socket.has_ipv6 else 0"), False),
        (FALLS_BACK, False),
        ("import socket\nserver = socket.socket(socket.AF_INET6)\nserver.bind(('::', 80))\n", False),
    ],
)  # fmt: skip
def test_code_that_knows_ipv6_only_needs_an_ipv6_address(code: str, told: bool) -> None:
    assert _told(_calling(code)) is told
    assert not _told(_calling(code, allowed=True))
