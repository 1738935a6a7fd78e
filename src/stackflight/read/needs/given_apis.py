"""Variables that hold the URL of somebody else's API -> what the program that is given them calls, as a possible need.

A URL may be for browsers, or for links in what the program writes; one of an API, a webhook or a collector is called. So
its host or the name of its variable has to say so, and the name may not speak of browsers. Source: RFC 2606 (example names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stackflight.model.finding import Certainty, Phase
from stackflight.model.need import InternetTarget, Need, Workload
from stackflight.model.template import World
from stackflight.model.value import Value, known_text
from stackflight.patterns import compile_later
from stackflight.read.needs.called_addresses import public_hosts
from stackflight.read.needs.proxies import proxy_of

_CALLED = compile_later(r"(?:^|_)(?:API|ENDPOINT|WEBHOOK|UPSTREAM|COLLECTOR|OTLP|EXPORTER|JWKS)(?:_|$)", re.IGNORECASE)
_SHOWN = compile_later(
    r"(?:^|_)(?:PUBLIC|FRONT_?END|BROWSER|CORS|ORIGINS?|REDIRECT|CALLBACK|LOGOUT|LOGIN|SITE|DOCS?|SELF|EXTERNAL|VITE|REACT|NEXT|AUDIENCE)(?:_|$)",
    re.IGNORECASE,
)
_API_HOST = compile_later(r"(?:api|apis|hooks|webhooks?|ingest|otlp|collector)[.-]|[\w-]+-(?:api|ingest)\.")
_EXAMPLE = compile_later(r"(?:.+\.)?example(?:\.(?:com|net|org))?")


def given_api_needs(
    world: World, workload: Workload, variables: Mapping[str, Value], holder: str = ""
) -> Iterator[Need]:
    """What an environment gives a program to call, but for what a proxy of the environment carries, and names of the template."""
    proxy, own = proxy_of(variables), _own_domains(world)
    for name, value in variables.items():
        text = known_text(value) or ""
        if not re.match(r"https?://", text) or _SHOWN.search(name):
            continue
        for host, port in public_hosts(text):
            called = _API_HOST.match(host) or _CALLED.search(name)
            mine = _EXAMPLE.fullmatch(host) or any(host == domain or host.endswith(f".{domain}") for domain in own)
            if called and not mine and not (proxy is not None and proxy.carries(host)):
                evidence = f"variable {name}{holder} holds its URL"
                target = InternetTarget(host, port=port)
                yield Need(workload, target, f"call {host}", evidence, Certainty.POSSIBLE, Phase.RUN)


_OWN = {"AWS::Route53::HostedZone": "Name", "AWS::Route53::RecordSet": "HostedZoneName", "AWS::CertificateManager::Certificate": "DomainName"}  # fmt: skip


def _own_domains(world: World) -> set[str]:
    """Domains for which the templates make records or certificates, under which their own front end answers; and AWS's."""
    given = {known_text(item.get(key)) or "" for kind, key in _OWN.items() for item in world.of_type(kind)}
    return {"amazonaws.com", "amazonaws.com.cn", "api.aws"} | {
        text.removeprefix("*.").strip(".").lower() for text in given if text
    }
