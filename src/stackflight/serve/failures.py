"""`--fail` and deletion protection -> how the resources of whatever is deployed fail: faults known by pattern.

A pattern is as for `rehearse`: `RESOURCE[:OPERATION][=TEXT][@SECONDS]`, with RESOURCE a logical id, one without the
eight characters that the CDK appends, or STACK/ID. A TEXT of the form `hook TYPE[: MESSAGE]` is a hook that refuses the
resource before it is provisioned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from stackflight.errors import WrongUsage
from stackflight.model.event import Event
from stackflight.model.plan import Injection
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.patterns import compile_later
from stackflight.records import dataclass
from stackflight.rehearse.behaviour import Fault
from stackflight.rehearse.failures import find_plights

_PATTERN = compile_later(
    r"(?P<path>[^:=@]+)(:(?P<operation>[a-z]+))?(=(?P<text>.*?))?(@(?P<seconds>\d+(\.\d+)?))?", re.S
)
_OPERATIONS = ("create", "update", "delete", "rollback")


_HOOK = compile_later(r"hook (?P<type>\w+::\w+::\w+)(: *(?P<message>.+))?", re.S)
_HOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Hook:
    """A hook that refuses: its type, three parts joined by `::`, and why."""

    type: str
    message: str

    @property
    def reason(self) -> str:
        """As the hook's own event tells it."""
        return f"Hook failed with message: {self.message}"

    @property
    def failure(self) -> str:
        """As the event of the resource tells it."""
        return f"The following hook(s) failed: [{self.type}]"


@dataclass(frozen=True)
class Wanted:
    """One `--fail`."""

    path: str
    operations: tuple[str, ...]
    text: str
    seconds: float | None
    hook: Hook | None = None

    def fits(self, address: Address) -> bool:
        """Whether a resource is meant."""
        stack, _, id = self.path.rpartition("/")
        if stack and address.stack != stack:
            return False
        return address.id == id or re.fullmatch(re.escape(id) + "[0-9A-F]{8}", address.id) is not None


def read_wanted(text: str) -> Wanted:
    """`Database`, `Database=No capacity@300`, `App/Database:delete`. Raises WrongUsage."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise WrongUsage(f"--fail {text!r} cannot be read", hint="write --fail RESOURCE[=TEXT][@SECONDS]")
    operation, seconds = match["operation"], match["seconds"]
    if operation is not None and operation not in _OPERATIONS:
        raise WrongUsage(f"--fail names the operation {operation!r}", hint=f"write one of {', '.join(_OPERATIONS)}")
    operations = (operation,) if operation else ("create", "update")
    moment, said = float(seconds) if seconds else None, match["text"] or ""
    named = _HOOK.fullmatch(said)
    if named is None:
        return Wanted(match["path"], operations, said, moment)
    hook = Hook(named["type"], named["message"] or "refused, as --fail wanted it")
    return Wanted(match["path"], operations, hook.failure, _HOOK_SECONDS if moment is None else moment, hook)


class Failures(Mapping[tuple[Address, str], Fault]):
    """The faults of a simulated cloud; grows with every world that is deployed to it."""

    def __init__(self, wanted: Sequence[Wanted] = ()) -> None:
        self.wanted = tuple(wanted)
        self._faults: dict[tuple[Address, str], Fault] = {}
        self.obstacle: Callable[[Address, str], str] = lambda _address, _operation: ""
        """What keeps a resource from being created, updated or deleted now, in the service's words; empty where nothing does."""

    def expect(self, world: World) -> None:
        """Take a world in; what was known of its resources before is forgotten."""
        for key in [key for key in self._faults if key[0] in world.resources]:
            del self._faults[key]
        injections = [
            Injection(address, one.text, one.seconds, one.operations)
            for one in self.wanted
            for address in world.resources
            if one.fits(address)
        ]
        for plight in find_plights(world, (), injections):
            self._faults[plight.address, plight.operation] = plight.fault

    def hook_at(self, address: Address) -> Hook | None:
        """The hook that refuses a resource."""
        return next((one.hook for one in self.wanted if one.hook is not None and one.fits(address)), None)

    def hook_behind(self, event: Event) -> Hook | None:
        """The hook that made a resource fail, where one did."""
        hook = self.hook_at(Address(event.stack, event.resource)) if event.status.endswith("_FAILED") else None
        return hook if hook is not None and event.reason == hook.failure else None

    def __getitem__(self, key: tuple[Address, str]) -> Fault:
        if key not in self._faults and key[1] in {"create", "update", "delete"} and (text := self.obstacle(*key)):
            return Fault(text, 1.0)
        return self._faults[key]

    def __iter__(self) -> Iterator[tuple[Address, str]]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)
