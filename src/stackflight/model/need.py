"""What a workload has to reach while it is created or runs, and why we think so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TypeAlias

from stackflight.model.finding import Certainty, Consequence, Hop, Phase, Verdict
from stackflight.model.ranges import Block, Ports
from stackflight.model.request import Request
from stackflight.model.value import Address, Unknown, Value
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a workload's network interfaces are: any of the subnets, all of the groups.

    An Unknown stands for subnets or groups that the templates do not determine. `vpc` is None where no subnet is
    known. `public_ip` says whether an interface gets a public IPv4 address (a function never does). `filtered` is
    False for interfaces that carry no security group at all (a Network Load Balancer without groups); `outside` is
    True for a workload without any interface in a VPC (a function without VpcConfig). `address_after` is what gives an
    instance its Elastic IP where that comes only after the instance has signalled, `address_by` what gives one to its
    network interface. `six` says whether its interfaces have IPv6 addresses, None where nobody has looked; `ports` are
    those from which it calls, and to which answers come.
    """

    subnets: tuple[Address | Unknown, ...]
    groups: tuple[Address | Unknown, ...]
    public_ip: bool | Unknown = False
    filtered: bool = True
    outside: bool = False
    address_after: Address | None = None
    address_by: Address | None = None
    six: bool | Unknown | None = None
    ports: Ports = ((1024, 65535),)


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that opens connections. `address` is the resource whose creation depends on it."""

    address: Address
    kind: str
    placement: Placement
    label: str = ""

    @property
    def title(self) -> str:
        """How it is called on screens."""
        return self.label or self.address.id


MADE_NAME = "${stack}-${id}-${random}"
"""What stands for the name of a resource that is given none. Source: CloudFormation template reference, Name type."""


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """A regional AWS service by its endpoint name ("ecr.api", "s3"), TCP 443, and what is asked of it where known.

    `region` is None for the workload's own; `endpoint` is the VPC endpoint whose own name is called instead of the
    service's (Unknown: some other address). `whole` says that the `requests` are all that it asks, `dual` that the name
    has IPv6 addresses as well. `api` is the API of the template whose own name is called, `private` whether it is private.
    """

    service: str
    port: int = 443
    requests: tuple[Request, ...] = ()
    whole: bool = True
    region: str | Unknown | None = None
    endpoint: Address | Unknown | None = None
    dual: bool | Unknown = False
    api: Address | None = None
    private: bool | Unknown = False

    @property
    def title(self) -> str:
        if self.api is not None:
            return self.api.id
        return f"{self.service} in {self.region}" if isinstance(self.region, str) else self.service

    @property
    def place(self) -> ServiceTarget:
        """The target without what is asked of it: one path carries all requests."""
        return replace(self, requests=(), whole=True) if self.requests or not self.whole else self


@dataclass(frozen=True, slots=True)
class Admission:
    """The sources that a setting of a public endpoint's owner lets in, as they are written."""

    owner: Address
    setting: str
    entries: tuple[Value, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class InternetTarget:
    """A host on the internet, or what it is in words; `host` may be empty where only the fact is known.

    `six` says that it is called over IPv6 and nothing else, `admission` whom it lets in, where that is not everybody,
    `instead` what would give it a private address.
    """

    host: str
    port: int = 443
    six: bool = False
    admission: Admission | None = None
    instead: str = ""

    @property
    def title(self) -> str:
        return self.host or "the internet"


@dataclass(frozen=True, slots=True)
class AddressTarget:
    """A private IPv4 address that is written down, with the port that is called there; who has it is not known."""

    block: Block
    port: int
    transport: str = "tcp"

    @property
    def title(self) -> str:
        return f"{self.block.network_address}:{self.port}"


@dataclass(frozen=True, slots=True)
class ResourceTarget:
    """Interfaces of another resource inside the VPC, on one port; `port` is Unknown where the templates hide it.

    `public` says whether it also has a public address, `named_in` the only VPCs in which its name exists, where it
    is called by one, `listens` the only ports on which something answers, where they are known. A `transport` that is "any"
    is TCP or UDP, and nobody says which.
    """

    address: Address
    port: int | Unknown
    placement: Placement
    kind: str
    transport: str = "tcp"
    label: str = ""
    public: bool | Unknown = False
    named_in: tuple[Address, ...] = ()
    listens: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        name = self.label or self.address.id
        if isinstance(self.port, int):
            return f"{name}:{self.port}"
        return f"{name} on port {choices(self.port)}" if self.port.candidates else name


@dataclass(frozen=True, slots=True)
class ClientsTarget(ResourceTarget):
    """Interfaces that clients on the internet have to get to under their own addresses: a load balancer, or its targets.

    `through` are the groups of the load balancer in between, which a target's rules may name instead of the clients.
    """

    through: tuple[Address | Unknown, ...] = ()
    six: bool = False
    """Whether it has IPv6 addresses as well."""


@dataclass(frozen=True, slots=True)
class LinkTarget(ResourceTarget):
    """A load balancer behind an endpoint service: PrivateLink brings the packets, its groups see the client's address.

    `enforced` says whether they are asked at all.
    """

    link: Address | None = None
    enforced: bool | Unknown = True


@dataclass(frozen=True, slots=True)
class LatticeTarget(ResourceTarget):
    """A service of VPC Lattice called by its own name, or a resource by its private one.

    `caller` is the role of who calls, `signs` whether it signs its requests; None where nobody has looked.
    """

    caller: Address | Unknown | None = None
    signs: bool | None = None


@dataclass(frozen=True, slots=True)
class FromLattice(ResourceTarget):
    """What stands behind a target group of VPC Lattice, which sends requests and health checks."""


def choices(port: Unknown) -> str:
    """The ports that one may be, in words: "5432 or 3306", "32768-60999" for any of a range."""
    known = [item for item in port.candidates if item is not None]
    return " or ".join("-".join(map(str, item)) if isinstance(item, list) else str(item) for item in known)


Target: TypeAlias = ServiceTarget | InternetTarget | AddressTarget | ResourceTarget


PULL = "pull its image"
"""What a workload needs a registry for, and the registry its layers."""


@dataclass(frozen=True, slots=True)
class Need:
    """One workload, one target. `purpose` is a short noun phrase ("pull its image"), `evidence` where we saw it.

    PROVED needs are stated by the template (an image, a log driver, an injected secret); POSSIBLE ones are implied
    (an IAM statement, a client made in code). A `patient` workload tries again until the path is there. `waiting` are
    the resources whose creation waits for the need to be met, where that is not the workload itself. `doubt` is why the
    traffic may go another way altogether, so that a closed path proves nothing.
    """

    workload: Workload
    target: Target
    purpose: str
    evidence: str
    certainty: Certainty = Certainty.PROVED
    phase: Phase = Phase.CREATE
    consequence: Consequence = Consequence.NONE
    blames: tuple[Address, ...] = ()
    patient: bool = False
    waiting: tuple[Address, ...] = ()
    doubt: Unknown | None = None

    @property
    def pulls_image(self) -> bool:
        """Whether the workload does not start without it, because its image comes that way."""
        return self.purpose == PULL

    @property
    def sufferers(self) -> tuple[Address, ...]:
        """Whose creation fails where the need is not met."""
        return self.waiting or (self.workload.address,)


@dataclass(frozen=True, slots=True)
class Route:
    """The path of one need from one source subnet (or to one destination interface)."""

    origin: str
    verdict: Verdict
    hops: tuple[Hop, ...]
    via: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """A need with its answer over all placements."""

    need: Need
    verdict: Verdict
    routes: tuple[Route, ...]
    via: str = ""

    @property
    def worst(self) -> Route | None:
        """The path to show: a blocked one first, then an undecided one, then any."""
        order = {Verdict.NO: 0, Verdict.INTERMITTENT: 1, Verdict.UNKNOWN: 2, Verdict.YES: 3}
        return min(self.routes, key=lambda route: order[route.verdict], default=None)


@dataclass(frozen=True, slots=True)
class Needs:
    """All needs found, the workloads that were looked at, and what the inline code of each function asks of services."""

    needs: tuple[Need, ...]
    workloads: tuple[Workload, ...] = ()
    asked: Mapping[Address, tuple[Request, ...]] = field(default_factory=dict)
