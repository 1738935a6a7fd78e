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
from stackflight.model.value import Value, as_list, render
from stackflight.read.needs.boot import target_of_host
from stackflight.read.needs.called_addresses import public_hosts
from stackflight.read.needs.scene import service_need
from stackflight.read.needs.scripts import read_script

_FETCHES = re.compile(r"\b(?:curl|wget)\b[^\n;&|]*?(https?://[^\s\"';&|]+)")


def command_needs(workload: Workload, container: dict[str, Value], name: str) -> Iterator[Need]:
    """Hosts whose URLs the commands fetch, whatever they do where that fails, and services that the AWS CLI calls."""
    words = [render(item) for key in ("EntryPoint", "Command") for item in as_list(container.get(key))]
    text = "\n".join(words)
    evidence = f"container {name} runs: {' '.join(words)[:60]}"
    for url in _FETCHES.findall(text):
        for host, port in public_hosts(url):
            found = target_of_host(host)
            target = replace(found, port=port) if isinstance(found, InternetTarget) else found
            yield Need(workload, target, f"call {target.title}", evidence, Certainty.POSSIBLE, Phase.RUN)
    for service in read_script(text).called:
        yield service_need(workload, service, f"call {service}", evidence, Certainty.POSSIBLE, Phase.RUN)
