"""State Manager associations -> what the instances that they name must reach: Systems Manager, from which they take commands.

An instance profile for Systems Manager alone states no need: nobody may ever open a session. An association that waits for
its success keeps the stack waiting. Sources: AWS Systems Manager User Guide, setting up SSM Agent, VPC endpoints;
CloudFormation template reference, AWS::SSM::Association (WaitForSuccessTimeoutSeconds).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import to_address
from stackflight.model.need import Need, ServiceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, references_in
from stackflight.read.needs.machines import machine_placement
from stackflight.read.needs.scene import Scene

_COMMANDS = (
    "AWS-Run",
    "AWS-Configure",
    "AWS-Gather",
    "AWS-UpdateSSMAgent",
    "AWS-Apply",
    "AWS-Join",
    "AmazonCloudWatch-",
)
"""How the names of AWS's own command documents begin."""


def find_association_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every association of a command document with instances of the templates."""
    for association in scene.world.of_type("AWS::SSM::Association"):
        if association.get("AutomationTargetParameterName") is not None or not _commands(scene, association):
            continue
        for machine, named in _targets(scene, association):
            placement = machine_placement(scene, machine)
            if placement is not None:
                kind = "EC2 instance" if machine.type == "AWS::EC2::Instance" else "Auto Scaling group"
                workload = Workload(machine.address, kind, placement)
                yield workload, [_need(workload, association, named)]


def _need(workload: Workload, association: Resource, named: bool) -> Need:
    """The association waits for instances that it names; what only bears its tag may come later."""
    waits = named and association.get("WaitForSuccessTimeoutSeconds") is not None
    return Need(
        workload,
        ServiceTarget("ssm"),
        "take its commands",
        f"{association.address} runs a document on it",
        Certainty.PROVED,
        Phase.CREATE if waits else Phase.RUN,
        Consequence.UNSTABLE if waits else Consequence.NONE,
        waiting=(association.address,) if waits else (),
    )


def _commands(scene: Scene, association: Resource) -> bool:
    """Whether its document is run by the instance's agent; an automation runs in Systems Manager."""
    named = to_address(scene.world, association.get("Name"))
    document = scene.world.resources.get(named) if isinstance(named, Address) else None
    if document is not None:
        return known_text(document.get("DocumentType") or "Command") in {"Command", "Policy"}
    return (known_text(association.get("Name")) or "").startswith(_COMMANDS)


def _targets(scene: Scene, association: Resource) -> Iterator[tuple[Resource, bool]]:
    """The machines that it runs on, and whether it names them."""
    named = {item.address for item in references_in(association.get("InstanceId"))}
    tags: set[tuple[str, str]] = set()
    for item in as_list(association.get("Targets")):
        key, values = known_text(as_dict(item).get("Key")) or "", as_list(as_dict(item).get("Values"))
        if key == "InstanceIds":
            named |= {reference.address for value in values for reference in references_in(value)}
        elif key.startswith("tag:"):
            tags |= {(key.removeprefix("tag:"), text) for value in values if (text := known_text(value)) is not None}
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        if machine.address in named or tags & _tags(machine.get("Tags")):
            yield machine, machine.address in named


def _tags(value: Value) -> set[tuple[str, str]]:
    pairs = ((known_text(as_dict(item).get("Key")), known_text(as_dict(item).get("Value"))) for item in as_list(value))
    return {(key, text) for key, text in pairs if key is not None and text is not None}
