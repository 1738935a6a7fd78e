"""The commands that a container is started with -> what they fetch and call, as a possible need of its task.

A container goes on trying, or another one is started, so that nothing is sure of the deployment. Source: CloudFormation template
reference, AWS::ECS::TaskDefinition ContainerDefinition (Command, EntryPoint).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Phase
from stackflight.model.need import InternetTarget, Need, Workload
from stackflight.model.value import Value, as_dict, as_list, render
from stackflight.patterns import compile_later
from stackflight.read.needs.boot import target_of_host
from stackflight.read.needs.called_addresses import public_hosts
from stackflight.read.needs.code import read_code
from stackflight.read.needs.proxies import proxy_of
from stackflight.read.needs.scene import service_need
from stackflight.read.needs.scripts import read_script

_FETCHES = compile_later(r"\b(?:curl|wget)\b[^\n;&|]*?(https?://[^\s\"';&|]+)")


def command_needs(workload: Workload, container: dict[str, Value], name: str) -> Iterator[Need]:
    """Hosts whose URLs the commands fetch, whatever they do where that fails, and services that the AWS CLI calls.

    What a proxy of the container's environment carries is not asked for.
    """
    proxy = proxy_of({render(as_dict(item).get("Name")): as_dict(item).get("Value") for item in as_list(container.get("Environment"))})  # fmt: skip
    for need in _called(workload, container, name):
        if proxy is None or not isinstance(need.target, InternetTarget) or not proxy.carries(need.target.host):
            yield need


def _called(workload: Workload, container: dict[str, Value], name: str) -> Iterator[Need]:
    words = [render(item) for key in ("EntryPoint", "Command") for item in as_list(container.get(key))]
    text = "\n".join(words)
    evidence = f"container {name} runs: {' '.join(words)[:60]}"
    for url in _FETCHES.findall(text):
        for host, port in public_hosts(url):
            found = target_of_host(host)
            target = replace(found, port=port) if isinstance(found, InternetTarget) else found
            yield Need(workload, target, f"call {target.title}", evidence, Certainty.POSSIBLE, Phase.RUN)
    facts = [read_code(source) for source in _code_in(words)]
    for host in dict.fromkeys(host for fact in facts for host in fact.hosts):
        yield Need(workload, InternetTarget(host), f"call {host}", evidence, Certainty.POSSIBLE, Phase.RUN)
    called = [*read_script(text).called, *(service for fact in facts for service in fact.services)]
    for service in dict.fromkeys(called):
        yield service_need(workload, service, f"call {service}", evidence, Certainty.POSSIBLE, Phase.RUN)


def _code_in(words: list[str]) -> Iterator[str]:
    """The programs that an interpreter is given as a word. Source: manuals of Python (-c) and Node.js (-e, --eval)."""
    for program, flag, source in zip(words, words[1:], words[2:], strict=False):
        python = flag == "-c" and re.fullmatch(r"(?:\S*/)?python[\d.]*", program)
        if python or (flag in {"-e", "--eval"} and re.fullmatch(r"(?:\S*/)?node(?:js)?", program)):
            yield source
