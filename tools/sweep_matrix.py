"""Synthesises and judges the deployments of the matrix; writes docs/reference/librechat-matrix.json.

`make matrix` runs it: no arguments for all of them, `--keys KEY …` for the values of some keys, `--everywhere` for measures
and names at every preset, `--processes N` (2). What is synthesised to the same templates as in the last run is not judged
again, unless `--anew`.
It goes on without credentials, in a network namespace that has no way out, and in an empty home directory. With
`--keys` nothing is written. The end is 1 where a judge has a complaint that is neither fixed nor explained.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from matrix_data import FILE, Outcome, Run, digest_of_sources, key_of, read_run, versions_of_judges, write_run
from matrix_plan import Deployment, Plan, draw_plan

_ROOT = Path(__file__).parent.parent
_PER_PROCESS = 300  # the CDK's kernel keeps what it built: begin a new one now and then
_FRESH = 100  # every so many deployments one is synthesised in a process of its own as well


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", nargs="+", default=[], metavar="KEY")
    parser.add_argument("--everywhere", action="store_true", help="measures and names at every preset, too")
    parser.add_argument("--anew", action="store_true", help="judge again what has not changed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if not chosen.inside:
        return _go_inside()
    os.chdir(_ROOT)
    plan = draw_plan(chosen.keys, combine=not chosen.keys, everywhere=chosen.everywhere)
    _say(f"{len(plan.deployments)} deployments, {chosen.processes} processes, {_network()}")
    sources = digest_of_sources()
    known = {} if chosen.anew else read_run().known()
    outcomes = _judge_all(plan, chosen.processes, known)
    _say(
        f"{sum(known.get(' '.join(d)) == o for d, o in zip(plan.deployments, outcomes, strict=True))} as in the last run"
    )
    complaints = [f"{' '.join(d)}: {each}" for d, o in zip(plan.deployments, outcomes, strict=True) for each in o.wrong]
    _say("\n".join(complaints) or "no complaints")
    if digest_of_sources() != sources:
        _say("the sources changed meanwhile: nothing is written")
        return 1
    if not chosen.keys:
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        write_run(Run.of(plan, outcomes, date, sources, versions_of_judges(), _network()))
        _say(f"wrote {FILE}")
    return 1 if complaints else 0


def _go_inside() -> int:
    """Run this again where there is nothing to reach and nobody to be."""
    # Without assertions: the CDK checks the type of every argument in them, which mypy has done.
    command = [sys.executable, "-O", __file__, "--inside", *sys.argv[1:]]
    cache = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path.home() / ".cache/aws/jsii/package-cache"))
    # Assemblies are copied and compared more than anything else is done: in memory that takes half as long.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as home:
        environment = {
            "PATH": os.defpath,
            "HOME": home,
            "LANG": "C.UTF-8",
            "TMPDIR": home,
            "PYTHONPATH": str(_ROOT / "src"),
        }
        environment |= {"CDK_VALIDATION": "false", "JSII_RUNTIME_PACKAGE_CACHE_ROOT": cache}
        for wall in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
            if shutil.which("unshare") and _succeeds([*wall, "true"]):
                return subprocess.run([*wall, *command], env=environment, check=False).returncode
        return subprocess.run(command, env=environment, check=False).returncode


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _network() -> str:
    """What the operating system says of ways out of this process."""
    tables = [Path("/proc/net/route"), Path("/proc/net/ipv6_route")]
    if not tables[0].exists():
        return "a network that could not be cut off"
    ways = [line for line in tables[0].read_text().splitlines()[1:] if line.strip()]
    if tables[1].exists():
        ways += [line for line in tables[1].read_text().splitlines() if not line.rstrip().endswith(" lo")]
    return "a network with a route" if ways else "a network namespace without any route"


def _judge_all(plan: Plan, processes: int, known: dict[str, Outcome]) -> list[Outcome]:
    jobs = [
        (number, each, number % _FRESH == 0, known.get(" ".join(each))) for number, each in enumerate(plan.deployments)
    ]
    random.Random(1).shuffle(jobs)  # what is wrong shows early
    outcomes: dict[int, Outcome] = {}
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(processes, _prepare, maxtasksperchild=_PER_PROCESS) as pool:
        for number, outcome in pool.imap_unordered(_judge_one, jobs, chunksize=1):
            outcomes[number] = outcome
            for complaint in outcome.wrong:
                _say(f"! {' '.join(plan.deployments[number])}: {complaint}")
            if len(outcomes) % 50 == 0:
                _say(f"{len(outcomes)} of {len(jobs)}, {time.monotonic() - began:.0f} s")
    return [outcomes[number] for number in range(len(jobs))]


def _prepare() -> None:
    from librechat_aws.node import ensure_node

    ensure_node(os.environ)
    # The CDK prints every finding of every judge; they are read from its report.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _judge_one(job: tuple[int, Deployment, bool, Outcome | None]) -> tuple[int, Outcome]:
    number, deployment, fresh, known = job
    try:
        return number, _outcome(deployment, fresh, known)
    except Exception as error:  # a deployment that cannot be judged is a complaint about it, not the end of the run
        return number, Outcome(0, 0, False, fresh, (f"{type(error).__name__}: {error}"[:500],))


def _outcome(deployment: Deployment, fresh: bool, known: Outcome | None) -> Outcome:
    from matrix_judge import as_promised, differing, judge

    from librechat_aws.app import synthesise
    from librechat_aws.request import read_request
    from librechat_aws.resolve import resolve
    from stackflight.local.standard_rules import load_standard_rules

    config = resolve(read_request(deployment[0], deployment[1:]))
    with tempfile.TemporaryDirectory() as folder:
        first, second, third = (Path(folder, name) for name in ("first", "second", "third"))
        synthesise(config, str(first))
        key = key_of(first)
        if known is not None and known.key == key and not fresh:
            return known
        verdict = judge(config, first, second, load_standard_rules())
        wrong = as_promised(config, verdict)
        if fresh:
            _synthesise_elsewhere(deployment, third)
            wrong += [f"another process differs in {name}" for name in differing(first, third)]
    return Outcome(verdict.resources, verdict.explained, bool(verdict.blocking), fresh, tuple(wrong), key)


def _synthesise_elsewhere(deployment: Deployment, folder: Path) -> None:
    options = [part for each in deployment[1:] for part in ("--set", each)]
    command: list[Any] = [sys.executable, "-m", "librechat_aws", "synth", deployment[0], "--out", folder, *options]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    sys.exit(main())
