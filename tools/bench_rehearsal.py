"""How fast the rehearsal is: growing stacks, one run and two hundred. Prints seconds of processor time on this machine.

python tools/bench_rehearsal.py
"""

from __future__ import annotations

import json
import sys
from time import process_time

from stackflight.model.template import World
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

TYPES = (
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::EC2::Subnet",
    "AWS::Logs::LogGroup",
    "AWS::EC2::NatGateway",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::EC2::SecurityGroup",
)


class _NoFiles:
    def read(self, name: str) -> str | None:
        """There are no files."""
        return {}.get(name)

    def names(self, below: str) -> list[str]:
        """There are no files."""
        return [below][:0]

    def show(self, name: str) -> str:
        """The name itself."""
        return name


def make_world(size: int) -> World:
    """A stack whose resources need up to three earlier ones each."""
    resources = {}
    for index in range(size):
        needed = dict.fromkeys(f"R{(index * 7 + step * 13) % index}" for step in range(3) if index > 5)
        links = [{"Ref": other} for other in needed]
        resources[f"R{index}"] = {"Type": TYPES[index % len(TYPES)], "Properties": {"Links": links}}
    template = parse_template(json.dumps({"Resources": resources}), "made.json")
    return join_stacks([Source("made", template)], {}, _NoFiles())


def measure(world: World, options: RehearsalOptions) -> float:
    """Seconds for one rehearsal."""
    began = process_time()
    rehearse(world, (), options)
    return process_time() - began


def main() -> None:
    """Print the table."""
    measure(make_world(10), RehearsalOptions(runs=0))
    sys.stdout.write(f"{'resources':>9} {'one run':>9} {'200 runs':>9} {'explored':>9}   (seconds)\n")
    for size in (50, 100, 220, 500):
        world = make_world(size)
        times = [measure(world, RehearsalOptions(runs=runs)) for runs in (0, 200)]
        times.append(measure(world, RehearsalOptions(runs=0, explore=True)))
        sys.stdout.write(f"{size:>9}" + "".join(f"{seconds:>10.2f}" for seconds in times) + "\n")


if __name__ == "__main__":
    main()
