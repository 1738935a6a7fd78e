"""Recorded CloudFormation operations against the rehearsal: how far off durations and lengths are, and the order.

    python tools/bench_eventlogs.py CORPUS_DIR --measured MEASURED.csv --samples SAMPLES.csv --reference REFERENCE.csv

CORPUS_DIR holds `epNNN.json` event histories and, where known, `epNNN.template.*`. Every prediction for an operation is
made with a duration table that has not seen the operation's repository: rows measured there are dropped and measured
anew from the other repositories' histories. The order of the resources is taken from the history (who started when
whom had let go), the lengths from the table. Nothing of the corpus is kept.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

import build_durations
from eventlogs import STACK, Call, Operation, read_operations

from stackflight.errors import StackflightError
from stackflight.model.template import Environment, Resource
from stackflight.model.value import Address
from stackflight.operate.play import play
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.rehearse.behaviour import MEDIAN, Act, Behaviour, Fault
from stackflight.rehearse.durations import DurationTable
from stackflight.rehearse.order import waits_of
from stackflight.rehearse.scene import Scene
from stackflight.rehearse.timings import (
    CLEAN_UP_AFTER,
    CLEAN_UP_SECONDS,
    COMPLETE_AFTER,
    CREATE_START,
    DELETE_START,
    HOP_SECONDS,
    ROLLBACK_START,
    UPDATE_START,
)
from stackflight.rehearse.variants import variant_of

RUNS = 100
FIVE_MINUTES = 300.0
ENDS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")


@dataclass(frozen=True)
class Timings:
    """What the service itself adds, seconds: medians over operations of other repositories."""

    first: dict[str, float]
    complete: float
    clean_up_after: float
    clean_up: float
    rollback: float

    @staticmethod
    def over(operations: Sequence[Operation]) -> Timings:
        """The simulator's constants where no operation is left to measure one."""
        first = {"CREATE": CREATE_START, "UPDATE": UPDATE_START, "DELETE": DELETE_START}
        for kind, default in tuple(first.items()):
            starts = [one.calls[0].start for one in operations if one.kind == kind and one.calls]
            first[kind] = median(starts) if starts else default
        ends: dict[str, list[float]] = defaultdict(list)
        for one in operations:
            forward = [call.end or 0.0 for call in one.ended if not call.cleaning]
            if forward and one.outcome == "CREATE_COMPLETE":
                ends["complete"].append(one.seconds - max(forward))
            if forward and one.outcome == "UPDATE_COMPLETE" and one.clean_up_at is not None:
                ends["clean_up_after"].append(one.clean_up_at - max(forward))
                if not any(call.cleaning for call in one.calls):
                    ends["clean_up"].append(one.seconds - one.clean_up_at)
            back = [call.start for call in one.calls if one.turned_at is not None and call.start >= one.turned_at]
            if back and one.turned_at is not None:
                ends["rollback"].append(min(back) - one.turned_at)
        defaults = {
            "complete": COMPLETE_AFTER,
            "clean_up_after": CLEAN_UP_AFTER,
            "clean_up": CLEAN_UP_SECONDS,
            "rollback": ROLLBACK_START,
        }
        return Timings(first, **{name: median(ends[name]) if ends[name] else defaults[name] for name in defaults})


class _NoFiles:
    def read(self, name: str) -> str | None:
        """There are no other files."""
        return {}.get(name)

    def names(self, below: str) -> list[str]:
        """There are no other files."""
        return [below][:0]

    def show(self, name: str) -> str:
        """The name itself."""
        return name


class Tables:
    """Duration tables that have not seen one repository."""

    def __init__(
        self, measured: Path, samples: Path, reference: Path, corpus: Path, operations: Sequence[Operation]
    ) -> None:
        self.measured = build_durations.read(measured)
        self.samples = build_durations.read(samples)
        self.reference = build_durations.read(reference)
        self.priors = build_durations.read(Path(__file__).parent / "duration-priors.csv")
        self.operations = operations
        self.known = {one.name: resources_of(one, corpus) for one in operations}
        self.made: dict[str, DurationTable] = {}
        self.timed: dict[str, Timings] = {}

    def without(self, repo: str) -> DurationTable:
        """The table for predicting a repository's operations."""
        if repo not in self.made:
            seen = {(row["type"], row["operation"]) for row in self.measured if repo in row["sources"].split("; ")}
            kept = [row for row in self.measured if (row["type"], row["operation"]) not in seen]
            self.made[repo] = self._table([*kept, *self._anew(repo, seen)], self.samples)
        return self.made[repo]

    def without_rows(self, left_out: Collection[int], source: str) -> DurationTable:
        """The table without some rows of the measured ones, by number, and without the samples of a source."""
        kept = [row for number, row in enumerate(self.measured) if number not in left_out]
        return self._table(kept, [row for row in self.samples if row["source"] != source])

    def _table(self, measured: list[dict[str, str]], samples: list[dict[str, str]]) -> DurationTable:
        rows = build_durations.build(measured, samples, self.reference, self.priors)
        head = {"date": "", "positions": list(build_durations.POSITIONS), "sources": build_durations.SOURCES}
        return DurationTable.of({**head, "rows": rows})

    def timings(self, repo: str) -> Timings:
        """The service's own delays for predicting a repository's operations."""
        if repo not in self.timed:
            self.timed[repo] = Timings.over([one for one in self.operations if one.repo != repo])
        return self.timed[repo]

    def player(self, operation: Operation, run: int = MEDIAN) -> Callable[[Call], Act]:
        """Handler calls of an operation, with one run's luck."""
        return player(Behaviour(self.without(operation.repo), seed=1, run=run), self.known[operation.name])

    def _anew(self, repo: str, wanted: set[tuple[str, str]]) -> list[dict[str, str]]:
        samples: dict[tuple[str, str], list[float]] = defaultdict(list)
        releases: dict[tuple[str, str], list[float]] = defaultdict(list)
        for operation in self.operations:
            for call in operation.calls if operation.repo != repo else ():
                key = (call.type, call.operation.upper())
                if call.end is not None and key in wanted:
                    samples[key].append(call.end - call.start)
                    if call.released is not None:
                        releases[key].append(call.released - call.start)
        return [
            {
                "type": key[0],
                "operation": key[1],
                "n": str(len(values)),
                "min_s": str(min(values)),
                "median_s": str(median(values)),
                "max_s": str(max(values)),
                "median_s_to_consistency_check": str(median(releases[key])) if key in releases else "",
                "kind": "measured: CloudFormation event logs",
                "sources": "",
            }
            for key, values in samples.items()
        ]


def predict(operation: Operation, act: Callable[[Call], Act], timings: Timings) -> float:
    """The length of an operation: the recorded order of the resources, their lengths from `act`."""
    forward = [call for call in operation.ended if not call.cleaning]
    end = chain(forward, timings.first[operation.kind], act)
    if operation.kind != "UPDATE":
        return end + timings.complete
    sweep = [call for call in operation.ended if call.cleaning and call.verb == "delete"]
    return chain(sweep, end + timings.clean_up_after + timings.clean_up, act)


def predict_rollback(operation: Operation, act: Callable[[Call], Act], timings: Timings) -> float:
    """The length of the way back, from the event that turns the operation round."""
    turned = operation.turned_at or 0.0
    back = [call for call in operation.ended if call.start >= turned]
    return chain(back, timings.rollback, act) + HOP_SECONDS


def chain(calls: Sequence[Call], first: float, act: Callable[[Call], Act]) -> float:
    """When the last of the calls ends, each starting when the one that it was seen to wait for lets go."""
    let_go: dict[int, float] = {}
    last = first
    for call in sorted(calls, key=lambda call: call.start):
        before = awaited(call, calls)
        start = let_go[id(before)] + HOP_SECONDS if before is not None and id(before) in let_go else first
        played = act(call)
        let_go[id(call)] = start + (played.released if played.released is not None else played.seconds)
        last = max(last, start + played.seconds)
    return last


def awaited(call: Call, calls: Sequence[Call]) -> Call | None:
    """The call that had let go last before this one started; None for one that started with the operation."""
    earlier = [other for other in calls if other is not call and other.end is not None and other.let_go <= call.start]
    latest = max(earlier, key=lambda other: other.let_go, default=None)
    return latest if latest is not None and call.start - latest.let_go < 2.5 else None


def player(behaviour: Behaviour, known: Mapping[str, Resource]) -> Callable[[Call], Act]:
    """Handler calls as the simulator plays them; `known` are resources by logical id, where there is a template."""

    def play(call: Call) -> Act:
        bare = Resource(Address("", f"{call.id}{call.cleaning}"), call.type, {})
        return behaviour.act(known.get(call.id, bare), call.operation)

    return play


def resources_of(operation: Operation, corpus: Path) -> Mapping[str, Resource]:
    """The resources of an operation's template; empty where there is none that can be read."""
    for path in corpus.glob(f"{operation.name}.template.*"):
        try:
            template = parse_template(path.read_text(), path.name)
        except StackflightError:
            return {}
        return join_stacks([Source("app", template)], {}, _NoFiles(), Environment()).stack("app").resources
    return {}


def errors_of_calls(operations: Iterable[Operation], tables: Tables) -> dict[str, list[tuple[float, float, str]]]:
    """Operation -> (predicted median, real, repository) for every call that ended well."""
    found: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for operation in operations:
        play = tables.player(operation)
        for call in operation.calls:
            if call.end is not None and call.type != STACK:
                found[call.operation].append((play(call).seconds, call.end - call.start, operation.repo))
    return found


def is_predictable(operation: Operation) -> bool:
    """Whether the operation succeeded and consists of resources alone whose durations a table can know."""
    calls = [call for call in operation.calls if call.end is not None]
    return operation.outcome in ENDS and bool(calls) and all(call.type != STACK for call in calls)


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")


@dataclass(frozen=True)
class Trial:
    """One duration against a table that has not seen its source: seconds."""

    name: str
    operation: str
    real: float
    guess: float
    late: float
    source: str


def held_out_calls(operations: Iterable[Operation], tables: Tables) -> list[Trial]:
    """Every call of the event histories that ended well."""
    found = []
    for operation in operations:
        table, known = tables.without(operation.repo), tables.known[operation.name]
        for call in operation.calls:
            if call.end is None or call.type == STACK:
                continue
            bare = Resource(Address("", call.id), call.type, {})
            duration = table.find(call.type, variant_of(known.get(call.id, bare), call.operation), call.operation)
            guess, late = table.seconds(duration, 0.5), table.seconds(duration, 0.9)
            found.append(Trial(call.type, call.operation, call.end - call.start, guess, late, operation.repo))
    return found


def held_out_rows(tables: Tables) -> list[Trial]:
    """Every sample of the second table, and the order statistics of those rows of the first that no history here is of."""
    repos = {operation.repo for operation in tables.operations}
    found: list[Trial] = []
    for source in dict.fromkeys(row["source"] for row in tables.samples):
        same = {number for number, row in enumerate(tables.measured) if row["sources"] == source}
        table = tables.without_rows(same, source)
        for row in tables.samples:
            quick = build_durations.kind_of(row["kind"]) == "terraform" and float(row["seconds"]) < build_durations.SLOW
            if row["source"] == source and not quick and "lower bound" not in row["properties"]:
                name = build_durations.name_variant(row["type"], row["properties"])
                found += _trials(table, name, row["operation"], [float(row["seconds"])], source)
    for number, row in enumerate(tables.measured):
        quick = build_durations.kind_of(row["kind"]) == "terraform" and float(row["median_s"]) < build_durations.SLOW
        if build_durations.is_usable(row) and not quick and not repos & set(row["sources"].split("; ")):
            name = build_durations.VARIANTS.get(row["type"], row["type"])
            seconds = {float(row[f"{one}_s"]) for one in ("min", "median", "max")}
            found += _trials(tables.without_rows({number}, ""), name, row["operation"], sorted(seconds), row["sources"])
    return found


def _trials(table: DurationTable, name: str, operation: str, seconds: list[float], source: str) -> Iterable[Trial]:
    verb = build_durations.OPERATIONS.get(operation)
    if verb is None or " " in name or name == STACK:
        return
    type, _, variant = name.partition("#")
    duration = table.find(type, variant, verb)
    guess, late = table.seconds(duration, 0.5), table.seconds(duration, 0.9)
    for real in seconds:
        yield Trial(name, verb, real, guess, late, source)


def report_held_out(trials: Sequence[Trial]) -> None:
    """Print median error and coverage of the ninetieth percentile, by operation, under and over five minutes."""
    say("durations of resources: histories and both tables, each against a table without its source")
    say(f"  {'':22}{'n':>6}{'sources':>9}{'median error':>14}{'within p90':>12}   (goals: 20 %, 85 to 95 %)")
    for low, high, label in ((0.0, FIVE_MINUTES, "under 5 minutes"), (FIVE_MINUTES, math.inf, "over 5 minutes")):
        for name in ("create", "update", "delete", ""):
            some = [one for one in trials if low <= one.real < high and name in {"", one.operation}]
            if some:
                error = median(abs(one.guess - one.real) / max(one.real, 1.0) for one in some)
                within = sum(one.real <= one.late for one in some) / len(some)
                sources = len({one.source for one in some})
                say(f"  {name or 'all':8}{label:14}{len(some):>6}{sources:>9}{error:>13.0%} {within:>11.0%}")
    say("")


def report_calls(found: dict[str, list[tuple[float, float, str]]]) -> None:
    """Print how far the durations of single resources are off."""
    say("durations of resources, table without the operation's repository")
    say(f"  {'':8}{'n':>6}{'median error':>14}{'median |s|':>12}{'within 2x':>11}{'p90 error':>11}")
    for name in ("create", "update", "delete"):
        pairs = found.get(name, [])
        if pairs:
            relative = [abs(guess - real) / max(real, 1.0) for guess, real, _ in pairs]
            seconds = median(abs(guess - real) for guess, real, _ in pairs)
            twice = sum(0.5 <= max(guess, 1.0) / max(real, 1.0) <= 2 for guess, real, _ in pairs) / len(pairs)
            say(
                f"  {name:8}{len(pairs):>6}{median(relative):>13.0%} {seconds:>11.1f}{twice:>11.0%}"
                f"{quantile(relative, 0.9):>11.0%}"
            )


def report_operations(operations: Sequence[Operation], tables: Tables) -> None:
    """Print how far the lengths of whole operations are off."""
    say("\nlengths of successful operations without opaque nested stacks")
    errors: list[tuple[float, Operation, float]] = []
    within: dict[int, bool] = {}
    for operation in operations:
        timings = tables.timings(operation.repo)
        guess = predict(operation, tables.player(operation), timings)
        many = [predict(operation, tables.player(operation, run), timings) for run in range(RUNS)]
        within[id(operation)] = operation.seconds <= quantile(many, 0.9)
        errors.append((abs(guess - operation.seconds) / operation.seconds, operation, guess))
    by_repo: dict[str, list[float]] = defaultdict(list)
    for error, operation, _ in errors:
        by_repo[operation.repo].append(error)
    relative = [error for error, _, _ in errors]
    say(f"  operations {len(errors)} of {len(by_repo)} repositories")
    say(f"  median absolute error {median(relative):.0%} (target 25 %)")
    say(f"  median over repositories of their medians {median(median(one) for one in by_repo.values()):.0%}")
    shares = "  ".join(f"p{round(share * 100)} {quantile(relative, share):.0%}" for share in (0.25, 0.5, 0.75, 0.9))
    say(f"  distribution {shares}  worst {max(relative):.0%}")
    say(f"  real length within the predicted p90: {sum(within.values()) / len(errors):.0%}")
    for low, high, label in ((0.0, FIVE_MINUTES, "under 5 minutes"), (FIVE_MINUTES, math.inf, "over 5 minutes")):
        for kind in ("CREATE", "UPDATE", "DELETE"):
            some = [
                (error, operation)
                for error, operation, _ in errors
                if operation.kind == kind and low <= operation.seconds < high
            ]
            if some:
                inside = sum(within[id(operation)] for _, operation in some) / len(some)
                off = median(error for error, _ in some)
                say(
                    f"  {kind.lower():7} {label:16} n {len(some):>3}, median error {off:>4.0%}, within p90 {inside:>4.0%}"
                )
    say("  the ten worst:")
    for error, operation, guess in sorted(errors, key=lambda item: -item[0])[:10]:
        say(
            f"    {operation.name} {operation.kind:6} {operation.seconds:7.1f} s real, {guess:7.1f} s predicted, "
            f"{error:.0%}"
        )


def report_rollbacks(operations: Sequence[Operation], tables: Tables) -> None:
    """Print how far the lengths of ways back are off."""
    say("\nlengths of the way back, failed operations without opaque nested stacks")
    errors: list[tuple[float, Operation, float, float]] = []
    for operation in operations:
        if operation.turned_at is None or not operation.outcome.endswith("ROLLBACK_COMPLETE"):
            continue
        back = [call for call in operation.ended if call.start >= operation.turned_at]
        if not back or any(call.type == STACK for call in back):
            continue
        play, timings = tables.player(operation), tables.timings(operation.repo)
        guess, real = predict_rollback(operation, play, timings), operation.seconds - operation.turned_at
        errors.append((abs(guess - real) / real, operation, guess, real))
    if errors:
        say(f"  operations {len(errors)}, median absolute error {median(error for error, *_ in errors):.0%}")
    for error, operation, guess, real in sorted(errors, key=lambda item: -item[0]):
        say(f"    {operation.name} {operation.kind:6} {real:7.1f} s real, {guess:7.1f} s predicted, {error:.0%}")


def report_replays(operations: Sequence[Operation], tables: Tables, corpus: Path) -> None:
    """Play creations from their template alone, the first real failure put in at its time, and compare the whole."""
    say("\ncreations replayed from the template alone, the first real failure injected")
    for operation in operations:
        path = next(iter(corpus.glob(f"{operation.name}.template.*")), None)
        if operation.kind != "CREATE" or path is None or not tables.known[operation.name]:
            continue
        world = join_stacks([Source("app", parse_template(path.read_text(), path.name))], {}, _NoFiles(), Environment())
        failed = [call for call in operation.calls if call.failed_at is not None and "cancelled" not in call.reason]
        faults = {}
        if failed:
            first = min(failed, key=lambda call: call.failed_at or 0.0)
            fault = Fault(first.reason, (first.failed_at or 0.0) - first.start)
            faults = {(Address("app", first.id), "create"): fault}
        opaque = any(call.type == STACK for call in operation.calls)
        played = play(Scene(world), Behaviour(tables.without(operation.repo)), faults, record=True)
        error = abs(played.seconds - operation.seconds) / operation.seconds
        note = ", nested stacks unknown" if opaque else ""
        say(
            f"  {operation.name} {len(operation.calls):>3} calls  real {operation.outcome} {operation.seconds:.0f} s  "
            f"simulated {played.outcome} {played.seconds:.0f} s  {error:.0%}{note}"
        )


def report_order(operations: Sequence[Operation], corpus: Path) -> None:
    """Print whether real operations kept the order that the rehearsal derives from the template."""
    say("\norder, where the template is known")
    kept = broken = 0
    worst: list[str] = []
    unread: set[str] = set()
    for operation in operations:
        templates = list(corpus.glob(f"{operation.name}.template.*"))
        if not templates or operation.kind == "DELETE":
            continue
        try:
            template = parse_template(templates[0].read_text(), templates[0].name)
        except StackflightError as error:
            unread.add(f"{templates[0].name}: {error.message}")
            continue
        world = join_stacks([Source("app", template)], {}, _NoFiles(), Environment())
        waits = waits_of(world.stack("app"))
        forward = {call.id: call for call in operation.calls if call.verb in {"create", "update"}}
        for id, others in waits.items():
            for other in others:
                if id in forward and other in forward:
                    early = forward[other].end is None or forward[id].start < forward[other].let_go - 0.5
                    kept, broken = kept + (not early), broken + early
                    if early:
                        worst.append(f"{operation.name} {operation.kind} {id} started before {other} had let go")
    say(f"  {kept} of {kept + broken} pairs started in the simulated order")
    for line in [*worst[:10], *sorted(unread)]:
        say(f"    {line}")


def main() -> None:
    """Read the corpus and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--measured", type=Path, required=True)
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    given = parser.parse_args()
    operations = list(read_operations(given.corpus))
    tables = Tables(given.measured, given.samples, given.reference, given.corpus, operations)
    usable = [operation for operation in operations if is_predictable(operation)]
    say(f"{len(operations)} operations with a recorded end, {len(usable)} predictable\n")
    report_held_out(held_out_calls(operations, tables) + held_out_rows(tables))
    report_calls(errors_of_calls(operations, tables))
    report_operations(usable, tables)
    report_rollbacks(operations, tables)
    report_replays(operations, tables, given.corpus)
    report_order(operations, given.corpus)
    say("\nnot held out: priors in duration-priors.csv, of which some quote these histories (interface endpoints)")


if __name__ == "__main__":
    main()
