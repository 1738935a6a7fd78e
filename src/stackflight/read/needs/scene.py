"""What every reader of needs looks at: the world, its network, the links between resources and the roles."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import field, replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import to_address
from stackflight.model.identity import Role, read_roles
from stackflight.model.need import (
    InternetTarget,
    LatticeTarget,
    Need,
    Placement,
    ResourceTarget,
    ServiceTarget,
    Target,
    Workload,
)
from stackflight.model.network import Network
from stackflight.model.request import Request
from stackflight.model.template import World
from stackflight.model.value import Address, Value
from stackflight.read.intrinsics import REGION_WITHOUT_DASHES
from stackflight.read.needs.callers import identified
from stackflight.read.needs.code import CodeFacts
from stackflight.read.needs.destinations import Destination, mount_targets
from stackflight.read.needs.references import Links, leads_from, read_links
from stackflight.read.needs.services import endpoint_of_action
from stackflight.records import dataclass


@dataclass(frozen=True)
class Scene:
    """Everything that needs are read from."""

    world: World
    network: Network
    links: Links
    roles: dict[Address, Role]
    addresses: Callable[[Value], Iterable[tuple[ResourceTarget | InternetTarget, str]]] | None = None
    """What answers at the private addresses that a value holds, and how the value names it."""
    names: Callable[[Workload, Value, str], Iterable[Need]] | None = None
    """The needs of a workload for what answers to the private names in a value, which stands at a place."""
    code: dict[Address, CodeFacts] = field(default_factory=dict, repr=False, compare=False)
    """What the code of a function does, kept by whoever read it first."""

    @staticmethod
    def of(world: World, network: Network) -> Scene:
        """Read the links and roles of a world once."""
        return Scene(world, network, read_links(world), dict(read_roles(world)))

    def role(self, value: Value) -> Role | None:
        """The role that a property names, where it is part of the world."""
        address = to_address(self.world, value)
        return self.roles.get(address) if isinstance(address, Address) else None

    def implied_services(self, value: Value, without: Container[str] = ()) -> list[tuple[str, str]]:
        """Endpoint services that a role's own statements imply, each with the action that shows it.

        `without` holds actions, in lower case, that are not the workload's own.
        """
        role = self.role(value)
        found: dict[str, str] = {}
        for statement in role.statements if role else ():
            for action in statement.actions if statement.allow and not statement.inverted else ():
                service = endpoint_of_action(action)
                if service and action.lower() not in without:
                    found.setdefault(service, action)
        return list(found.items())

    def database_needs(self, workload: Workload, place: str, value: Value, consequence: Consequence) -> list[Need]:
        """Needs for the databases, caches and services that a value leads to."""
        needs = []
        for lead in leads_from(self.links, value):
            target = lead.destination
            if target.address == workload.address:
                continue
            needs.append(
                Need(
                    workload,
                    _called(target, lead.port),
                    f"use the {target.kind} {target.address}",
                    f"{place} holds {lead.how}",
                    lead.certainty,
                    Phase.CREATE if consequence is not Consequence.NONE else Phase.RUN,
                    consequence if lead.certainty is Certainty.PROVED else Consequence.NONE,
                )
            )
        named = self.names(workload, value, place) if self.names is not None else ()
        return [*needs, *named, *self._called_addresses(workload, place, value, consequence)]

    def _called_addresses(self, workload: Workload, place: str, value: Value, consequence: Consequence) -> list[Need]:
        """Needs for what answers at the private addresses of the URLs in a value."""
        return [
            Need(
                workload,
                identified(self.world, workload, target) if isinstance(target, LatticeTarget) else target,
                f"call {target.title}"
                if isinstance(target, InternetTarget)
                else f"call the {target.kind} {target.address}",
                f"{place} holds {how}",
                Certainty.PROVED,
                Phase.CREATE if consequence is not Consequence.NONE else Phase.RUN,
                consequence,
            )
            for target, how in (self.addresses(value) if self.addresses is not None else ())
            # A public name may be for browsers; only code at hand shows who calls it.
            if (
                workload.kind == "Lambda function"
                if isinstance(target, InternetTarget)
                else target.address != workload.address
            )
        ]

    def file_system_need(self, workload: Workload, value: Value, evidence: str, phase: Phase) -> Need | None:
        """The need to mount an EFS file system that a value names (by id, ARN or access point)."""
        file_system = to_address(self.world, value)
        if isinstance(file_system, Address) and self.world.resources[file_system].type == "AWS::EFS::AccessPoint":
            file_system = to_address(self.world, self.world.resources[file_system].get("FileSystemId"))
        if not isinstance(file_system, Address) or self.world.resources[file_system].type != "AWS::EFS::FileSystem":
            return None
        subnets, groups = [], []
        for mount, doubt in mount_targets(self.world, file_system):
            subnets.append(doubt or to_address(self.world, mount.get("SubnetId")))
            value = mount.get("SecurityGroups")
            groups += [to_address(self.world, item) for item in (value if isinstance(value, list) else [])]
        placement = Placement(tuple(subnets), tuple(dict.fromkeys(groups)))
        return Need(
            workload,
            ResourceTarget(file_system, 2049, placement, "file system"),
            f"mount the file system {file_system}",
            evidence,
            Certainty.PROVED,
            phase,
            Consequence.UNSTABLE if phase is Phase.CREATE else Consequence.NONE,
        )


# Oracle and SQL Server listen on ports of their options as well, DAX on another one where it encrypts.
_NOT_ALONE = {1433, 1521, 8111}


def _called(found: Destination, port: int | None) -> ResourceTarget:
    """What a workload connects to: on the port beside its name, if that is another one than the only one it listens on."""
    target = ResourceTarget(
        found.address, found.port, found.placement, found.kind, found.transport, public=found.public
    )
    if port is None or not isinstance(found.port, int) or port == found.port or found.port in _NOT_ALONE:
        return target
    if found.kind not in {"database", "database proxy", "cache"} or found.serverless_cache:
        return target
    return replace(target, port=port, listens=(found.port,))


def bucket_request(scene: Scene, workload: Address, action: str, bucket: str) -> Request:
    """A request for an object of a bucket of AWS; `{region}` and `{plain}` (without dashes) stand in its name.

    Sources: CloudFormation User Guide, Access CloudFormation using an interface endpoint (custom resources: Region name
    without dashes, wait conditions: with dashes); Amazon ECR User Guide, minimum Amazon S3 bucket permissions.
    """
    region = scene.world.stack(workload.stack).environment.region
    names = {
        "region": region or "${AWS::Region}",
        "plain": region.replace("-", "") if region else f"${{{REGION_WITHOUT_DASHES}}}",
    }
    return Request(action, f"arn:aws:s3:::{bucket.format(**names)}/*", of_aws=True)


def service_need(
    workload: Workload,
    service: str,
    purpose: str,
    evidence: str,
    certainty: Certainty = Certainty.PROVED,
    phase: Phase = Phase.CREATE,
    consequence: Consequence = Consequence.NONE,
    requests: tuple[Request, ...] = (),
) -> Need:
    """A need for a regional AWS service."""
    target: Target = ServiceTarget(service, requests=requests)
    return Need(workload, target, purpose, evidence, certainty, phase, consequence)
