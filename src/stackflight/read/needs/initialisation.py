"""The metadata that cfn-init carries out -> the commands of a script that do the same.

Source: CloudFormation User Guide, AWS::CloudFormation::Init (packages, files, sources, commands).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, known_text, render

_INSTALL = {"yum": "yum install -y", "apt": "apt-get install -y", "python": "pip install", "rubygems": "gem install"}
_PARTS = {"packages", "files", "sources", "commands"}


def commands_of_init(script: str, resources: list[Resource]) -> str:
    """The commands of the resource that a script names to cfn-init; empty where it names none of these."""
    named = re.search(r"cfn-init\b[^\n]*(?:-r|--resource)[ =]+[\"']?(\w+)", script)
    owner = next((item for item in resources if named is not None and item.address.id == named.group(1)), None)
    init = (
        as_dict(as_dict(owner.attributes.get("Metadata")).get("AWS::CloudFormation::Init")) if owner is not None else {}
    )
    return "\n".join(line for name, config in init.items() if name != "configSets" for line in _lines(as_dict(config)))


def _lines(config: dict[str, Value]) -> Iterator[str]:
    for manager, packages in as_dict(config.get("packages")).items():
        if manager in _INSTALL and as_dict(packages):
            yield f"{_INSTALL[manager]} {' '.join(as_dict(packages))}"
        for package in as_dict(packages).values() if manager in {"rpm", "msi"} else ():
            yield from (f"curl -f {render(item)}" for item in as_list(package) if render(item).startswith("http"))
    for file in as_dict(config.get("files")).values():
        source = render(as_dict(file).get("source"))
        if source.startswith("http"):
            yield f"curl -f {source}"
    for archive in as_dict(config.get("sources")).values():
        if render(archive).startswith("http"):
            yield f"curl -f {render(archive)}"
    for step in as_dict(config.get("commands")).values():
        command = as_dict(step).get("command")
        if known_text(as_dict(step).get("ignoreErrors")) != "true":
            yield render(command) if not isinstance(command, list) else " ".join(render(item) for item in command)
