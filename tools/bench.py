"""Measures `stackflight check` beside other tools, and its engine over growing worlds: `python tools/bench.py [TOOLS_BIN]`.

TOOLS_BIN is the bin folder of an environment that holds cfn-lint and, where it can be installed, checkov. What is not
there is left out and said. Everything is measured in this run, on templates that this run makes.
"""

from __future__ import annotations

import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_templates import events, template, world

from stackflight.cli.start import collect_rarely
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
SIZES = (160, 500)
GROWTH = (100, 200, 500, 1000, 2000, 5000)
STACKS = 10
_VALIDATE = (
    "import sys; from cloudformation_validate import CompositeEngine; CompositeEngine().validate_template(sys.argv[1])"
)


@dataclass(frozen=True)
class Tool:
    """A command that judges the template whose name is put behind it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """Medians over whole processes: wall time, peak of the process, and the peaks of those it leaves behind, added up."""

    seconds: float
    peak_mib: float
    helpers_mib: float

    @property
    def total_mib(self) -> float:
        return self.peak_mib + self.helpers_mib


def find_tools(others: Path) -> Iterator[Tool]:
    """Ours twice, then whatever is installed."""
    own = Path(sys.executable).parent
    yield Tool("stackflight", (str(own / "stackflight"), "check"))
    yield Tool("stackflight --no-standard-rules", (str(own / "stackflight"), "check", "--no-standard-rules"))
    yield Tool("cloudformation-validate", (sys.executable, "-c", _VALIDATE))
    found = {
        "cfn-lint": ("-r", "eu-central-1", "--"),
        "checkov": ("--framework", "cloudformation", "--compact", "--quiet", "-f"),
    }
    for name, options in found.items():
        if (others / name).exists():
            yield Tool(name, (str(others / name), *options))
        else:
            sys.stdout.write(f"{name} is not installed in {others} and is left out\n")


def measure(tools: Sequence[Tool], file: Path, runs: int = 5) -> dict[str, Measured]:
    """Run the tools in turn, so that other load on the machine meets all alike; a first round warms caches."""
    samples: dict[str, list[tuple[float, ...]]] = {tool.name: [] for tool in tools}
    for round_number in range(runs + 1):
        for tool in tools:
            sample = _run(tool, file)
            if round_number:
                samples[tool.name].append(sample)
    return {
        name: Measured(*(statistics.median(column) for column in zip(*found, strict=True)))
        for name, found in samples.items()
    }


def _run(tool: Tool, file: Path) -> tuple[float, ...]:
    """Seconds and MiB of one process, and MiB of those it started; modules are kept compiled, as on any second run."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(file.parent / "compiled")
    clock = SystemClock()
    started = clock.now()
    process = subprocess.Popen(
        [*tool.command, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = clock.now() - started
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return seconds, usage.ru_maxrss / unit, sum(_reap()) / unit


def _adopt() -> None:
    """Have processes that a tool leaves behind become ours to wait for, so that their memory counts (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap() -> Iterator[int]:
    while True:
        try:
            yield os.wait4(-1, 0)[2].ru_maxrss
        except ChildProcessError:
            return


def compare(tools: Sequence[Tool], folder: Path) -> None:
    """One table for each size: wall time and peak memory, and how many times those of ours."""
    for size in SIZES:
        file = folder / f"template-{size}.json"
        file.write_text(json.dumps(template(size), indent=1), encoding="utf-8")
        measured = measure(tools, file)
        ours = measured["stackflight"]
        sys.stdout.write(f"\n{size} resources, whole process, median of five rounds\n")
        sys.stdout.write(f"{'':34}{'seconds':>9}{'ratio':>8}{'MiB':>8}{'+ helpers':>11}{'ratio':>8}\n")
        for name, value in measured.items():
            sys.stdout.write(
                f"{name:34}{value.seconds:9.2f}{value.seconds / ours.seconds:8.1f}"
                f"{value.peak_mib:8.0f}{value.helpers_mib:11.0f}{value.total_mib / ours.total_mib:8.1f}\n"
            )


def grow() -> None:
    """The engine alone, start-up and standard rules excluded, over worlds of ten stacks of two kinds: seconds of the processor."""
    collect_rarely()
    _engine([json.dumps(template(28))])
    for kind, make in (("services in a VPC", world), ("functions and events", events)):
        sys.stdout.write(f"\nengine over {STACKS} stacks of {kind}, best of three\n")
        sys.stdout.write(f"{'resources':>10}{'needs':>8}{'seconds':>9}{'ms per resource':>17}\n")
        for size in GROWTH:
            texts = [json.dumps(made) for made in make(size, STACKS)]
            best, resources, needs = min(_engine(texts) for _ in range(3))
            sys.stdout.write(f"{resources:10}{needs:8}{best:9.3f}{1000 * best / resources:17.3f}\n")


def _engine(texts: Sequence[str]) -> tuple[float, int, int]:
    clock = SystemClock()
    started = time.process_time()
    sources = [
        Source(f"stack{number}", parse_template(text, f"stack{number}.json")) for number, text in enumerate(texts)
    ]
    joined = join_stacks(sources, {}, LocalFolder(Path("nowhere")))
    report = check_world("bench", joined, clock, clock.now())
    return time.process_time() - started, len(joined.resources), len(report.reaches)


def main() -> None:
    """Print both tables."""
    _adopt()
    others = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".bench/bin")
    with tempfile.TemporaryDirectory() as folder:
        compare(list(find_tools(others)), Path(folder))
    grow()


if __name__ == "__main__":
    main()
