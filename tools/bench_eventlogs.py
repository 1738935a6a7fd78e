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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from stackflight.rehearse.chance import OF_THE_RUN
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
        self.samples = build_durations.read_samples(samples)
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

    def without_source(self, sources: str) -> DurationTable:
        """The table without what is of any of the sources, "; " between them: rows that have others as well are measured
        anew from the histories."""
        left = set(sources.split("; "))
        dropped = [row for row in self.measured if left & set(row["sources"].split("; "))]
        kept = [row for row in self.measured if not left & set(row["sources"].split("; "))]
        mixed = {(row["type"], row["operation"]) for row in dropped if not set(row["sources"].split("; ")) <= left}
        samples = [row for row in self.samples if row["source"] not in left]
        return self._table([*kept, *self._anew(sources, mixed)], samples)

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
    old: bool = False


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
    """Every sample of the second table, and the samples behind those rows of the first that no history here is of."""
    repos = {operation.repo for operation in tables.operations}
    whole = [row for row in tables.measured if is_tried(row) and not repos & set(row["sources"].split("; "))]
    split = {row["source"] for row in tables.samples}
    found: list[Trial] = []
    for row in whole:
        sources = row["sources"].split("; ")
        rest = "; ".join(one for one in sources if one not in split) or row["sources"]
        name = build_durations.VARIANTS.get(row["type"], row["type"])
        seconds = spread_out(row, int(row["n"]) - known_of(row, tables.samples) * (rest != row["sources"]))
        found += _trials(tables.without_source(rest), name, row["operation"], seconds, row["sources"])
    single = build_durations.uncounted(tables.samples, whole)
    for source in dict.fromkeys(row["source"] for row in single):
        table = tables.without_source(source)
        for row in single:
            quick = build_durations.kind_of(row["kind"]) == "terraform" and float(row["seconds"]) < build_durations.SLOW
            if row["source"] == source and not quick and "lower bound" not in row["properties"]:
                name = build_durations.name_variant(row["type"], row["properties"])
                one = _trials(table, name, row["operation"], [float(row["seconds"])], source)
                old, added = build_durations.is_old(row), build_durations.draining_of(row)
                found += [replace(each, old=old, guess=each.guess + added, late=each.late + added) for each in one]
    return found


def is_tried(row: Mapping[str, str]) -> bool:
    """Whether a row of order statistics is of one kind of resource, and not an API's answer of less than a minute."""
    quick = build_durations.kind_of(row["kind"]) == "terraform" and float(row["median_s"]) < build_durations.SLOW
    return build_durations.is_usable(row) and not quick


def known_of(row: Mapping[str, str], samples: Iterable[Mapping[str, str]]) -> int:
    """How many of the samples behind order statistics are known one by one, because one of their sources is."""
    key = (row["type"], row["operation"])
    return sum((one["type"], one["operation"]) == key and one["source"] in row["sources"] for one in samples)


def spread_out(row: Mapping[str, str], n: int) -> list[float]:
    """The samples that order statistics stand for, seconds: evenly ranked, log-linear between minimum, median, maximum."""
    low, middle, high = (max(float(row[f"{one}_s"]), 0.3) for one in ("min", "median", "max"))
    if n < 3:
        return sorted({low, high})
    ranks = [index / (n - 1) for index in range(n)]
    return [
        low * (middle / low) ** (2 * rank) if rank <= 0.5 else middle * (high / middle) ** (2 * rank - 1)
        for rank in ranks
    ]


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
            say_trials(f"{name or 'all':8}{label}", [one for one in some if not one.old])
    say_trials(f"before {build_durations.OLD_BEFORE}, apart", [one for one in trials if one.old])
    say("")


def say_trials(label: str, trials: Sequence[Trial]) -> None:
    """One line of how good the table was; nothing without trials."""
    if trials:
        error = median(abs(one.guess - one.real) / max(one.real, 1.0) for one in trials)
        within = sum(one.real <= one.late for one in trials) / len(trials)
        sources = len({one.source for one in trials})
        say(f"  {label:23}{len(trials):>5}{sources:>9}{error:>13.0%} {within:>11.0%}")


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


def report_common_luck(operations: Iterable[Operation], tables: Tables) -> None:
    """Print whether what one operation's resources took too long or too short goes together (intraclass correlation of
    the logarithms)."""
    groups: list[list[float]] = []
    for operation in operations:
        play = tables.player(operation)
        calls = [call for call in operation.ended if call.type != STACK]
        off = [math.log(max((call.end or 0.0) - call.start, 0.5) / max(play(call).seconds, 0.5)) for call in calls]
        if len(off) > 1:
            groups.append(off)
    share, spread = common_share(groups), math.sqrt(2 / (len(groups) - 1)) / (sum(map(len, groups)) / len(groups))
    say(f"\nluck that the resources of one operation share: {share:.2f}, give or take {spread:.2f}, of the variance")
    say(f"  {sum(map(len, groups))} calls of {len(groups)} operations; the rehearsal takes {OF_THE_RUN}")


def common_share(groups: Sequence[Sequence[float]]) -> float:
    """The intraclass correlation of groups of unequal size: 0 where they differ no more than their members do."""
    count, number = sum(map(len, groups)), len(groups)
    middle = sum(map(sum, groups)) / count
    means = [sum(group) / len(group) for group in groups]
    between = sum(len(group) * (mean - middle) ** 2 for group, mean in zip(groups, means, strict=True)) / (number - 1)
    within = sum((one - mean) ** 2 for group, mean in zip(groups, means, strict=True) for one in group) / (
        count - number
    )
    size = (count - sum(len(group) ** 2 for group in groups) / count) / (number - 1)
    return (between - within) / (between + (size - 1) * within)


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
    report_common_luck(operations, tables)
    report_operations(usable, tables)
    report_rollbacks(operations, tables)
    report_replays(operations, tables, given.corpus)
    report_order(operations, given.corpus)
    say("\nnot held out: priors in duration-priors.csv, of which some quote these histories (interface endpoints)")


if __name__ == "__main__":
    main()
