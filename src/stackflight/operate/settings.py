"""Findings on what an app made from settings, in the words of the settings: nobody who only sets it edits its program."""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.finding import Finding
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.read.creation import place_of


def in_settings(world: World, finding: Finding) -> Finding:
    """The finding, with what the app says of the settings that decide over its causes, or else over its resources."""
    involved = [Address(finding.stack, id) for id in finding.resources]
    texts = _told(world, finding.causes) or _told(world, (*finding.workloads, *involved))
    return replace(finding, in_cdk="", in_settings="; ".join(texts))


def _told(world: World, addresses: tuple[Address, ...]) -> list[str]:
    settings = {stack.name: stack.settings for stack in world.stacks}
    resources = [world.resources[address] for address in addresses if address in world.resources]
    said = [place_of(settings[resource.address.stack], resource.construct) for resource in resources]
    return list(dict.fromkeys(text for text in said if text))
