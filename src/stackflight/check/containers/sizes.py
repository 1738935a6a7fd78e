"""World -> findings on Fargate tasks of a size that Fargate does not have.

Source: Amazon ECS Developer Guide (task size)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused, services_of
from stackflight.model.finding import Finding
from stackflight.model.value import Value, as_list, known_text

_GIB = 1024


# CPU units -> memory in MiB. Source: Amazon ECS Developer Guide, task CPU and memory; date 2026-11-20.
_FARGATE: dict[int, set[int]] = {
    256: {512, _GIB, 2 * _GIB},
    512: {_GIB * n for n in range(1, 5)},
    1024: {_GIB * n for n in range(2, 9)},
    2048: {_GIB * n for n in range(4, 17)},
    4096: {_GIB * n for n in range(8, 31)},
    8192: {_GIB * n for n in range(16, 61, 4)},
    16384: {_GIB * n for n in range(32, 121, 8)},
}


_LARGEST_CPU = max(_FARGATE)


def _units(value: Value, per: int) -> int | None:
    """`1024`, "1024", "1 vCPU" or "2 GB" in CPU units or MiB."""
    text = (known_text(value) or "").strip().lower()
    match = re.fullmatch(r"(\d+|\d*\.\d+)\s*(vcpu|gb)?", text)
    if match is None:
        return None
    number = float(match.group(1)) * (per if match.group(2) else 1)
    return int(number) if number == int(number) else None


FARGATE_SIZE = Check(
    "fargate-size",
    found_when="a task for Fargate has a CPU and memory that Fargate does not combine",
    explains="ECS refuses the task definition. The table of sizes is dated; more CPU than it knows is silent.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",),
    replaces=("E3047",),
    example="par-fargate-cpu-memory",
)


@finds(FARGATE_SIZE)
def find_fargate_sizes(case: Case) -> Iterator[Finding]:
    """CPU and memory that Fargate does not combine."""
    for definition in case.world.of_type("AWS::ECS::TaskDefinition"):
        compatible = {known_text(item) for item in as_list(definition.get("RequiresCompatibilities"))}
        runs = services_of(case, definition)
        on_fargate = [item for item in runs if known_text(item.get("LaunchType")) == "FARGATE"]
        if "FARGATE" not in compatible and not on_fargate:
            continue
        cpu, memory = _units(definition.get("Cpu"), 1024), _units(definition.get("Memory"), _GIB)
        missing = [name for name in ("Cpu", "Memory") if definition.get(name) is None]
        wrong = ""
        if missing and "FARGATE" in compatible:
            wrong = f"Fargate requires that '{missing[0].lower()}' be defined at the task level"
        elif cpu is not None and cpu <= _LARGEST_CPU and cpu not in _FARGATE:
            wrong = f"Invalid 'cpu' setting for task: {cpu}"
        elif cpu in _FARGATE and memory is not None and memory not in _FARGATE[cpu]:
            sizes = sorted(_FARGATE[cpu])
            wrong = (
                f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory ({cpu} CPU goes with "
                f"{sizes[0]} to {sizes[-1]} MiB)"
            )
        if wrong:
            yield refused(
                case, FARGATE_SIZE, [definition.address],
                f"{definition.address} is refused: {wrong}", "choose a combination of the ECS table of task sizes",
                ("Memory",) if "Fargate configuration" in wrong else (),
            )  # fmt: skip
