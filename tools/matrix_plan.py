"""Nothing in, the deployments of the matrix out: every value of every key, and combinations of the main choices.

A deployment is a preset and the overrides that `--set` takes. Two that resolve to the same `Config` are one. What the
settings refuse stays in the plan with the refusal's text.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from matrix_values import (
    DOMAIN,
    EXTERNAL,
    HERE,
    IN_VIRGINIA,
    STRICT,
    VPC,
    ZONE,
    Value,
    overrides_for,
    values,
)

from librechat_aws.config import Config
from librechat_aws.errors import SettingsError
from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

Deployment = tuple[str, ...]  # the preset, then overrides
Row = tuple[str, ...]  # a label for each dimension
_MODES: Final = ("ec2", "ecs")
_TYPICAL: Final = "standard-dev"
# What makes a preset legal in the other mode, the first that does.
_MOVES: Final[tuple[tuple[str, ...], ...]] = ((), ("documents=documentdb",), ("documents=documentdb", "postgres=rds"))

# The main choices; the values of a dimension are told apart by their label.
DIMENSIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "preset": dict.fromkeys(PRESETS, ()),
    "mode": {mode: (f"mode={mode}",) for mode in _MODES},
    "entry": {
        "trial-http": ("entry=trial-http",),
        "https": ("entry=https", DOMAIN, HERE),
        "https, zone": ("entry=https", DOMAIN, HERE, *ZONE),
        "cloudfront": ("entry=cloudfront",),
        "cloudfront, domain, zone": ("entry=cloudfront", DOMAIN, IN_VIRGINIA, *ZONE),
    },
    "egress": {
        **{way: (f"egress={way}",) for way in ("nat-gateway", "nat-instance", "endpoints")},
        "existing VPC": VPC,
    },
    "documents": {
        **{store: (f"documents={store}",) for store in ("documentdb", "documentdb-serverless", "mongodb")},
        "external": EXTERNAL,
    },
    "rag": {
        "false": ("rag=false",),
        **{store: ("rag=true", f"postgres={store}") for store in ("rds", "aurora-serverless", "container")},
    },
    "cache": {"valkey": ("cache=valkey",), "none": ("cache=none",)},
    "search": {"true": ("search=true",), "false": ("search=false",)},
    "guard": {
        "disposable": ("compliance=none", "durability=disposable"),
        "protected": ("compliance=none", "durability=protected"),
        "strict": STRICT,
    },
    "images": {"public": ("images=public",), "private-ecr": ("images=private-ecr",)},
}
_ONE_TASK: Final = ("tasks_min=1", "tasks_max=1")
_CANDIDATES: Final = 40  # legal combinations that are weighed for each next one


@dataclass(frozen=True)
class Cell:
    """What becomes of a value at a base: the number of a deployment, or a refusal; `helped` if another key had to help."""

    deployment: int | None
    refusal: str = ""
    helped: bool = False


@dataclass
class Plan:
    """Deployments by number, the table of single values, and what the combinations cover."""

    deployments: list[Deployment] = field(default_factory=list)
    bases: list[Deployment] = field(default_factory=list)
    singles: list[tuple[Value, tuple[Cell | None, ...]]] = field(default_factory=list)
    combinations: list[tuple[int, Row]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refused_pairs: dict[str, str] = field(default_factory=dict)
    _known: dict[Config, int] = field(default_factory=dict)

    def add(self, deployment: Deployment) -> int:
        """The number of a deployment; raises SettingsError if it is refused."""
        config = resolve(read_request(deployment[0], deployment[1:]))
        if config not in self._known:
            self._known[config] = len(self.deployments)
            self.deployments.append(deployment)
        return self._known[config]


def draw_plan(keys: Sequence[str] = (), *, combine: bool = True, everywhere: bool = False) -> Plan:
    """The whole plan, or that of some keys only; measures and names at one preset unless `everywhere`."""
    plan = Plan(bases=list(_bases()))
    for base in plan.bases:
        plan.add(base)
    for value in values():
        if not keys or value.key in keys:
            wide = value.everywhere or everywhere
            cells = (_cell(plan, base, value) if wide or base[0] == _TYPICAL else None for base in plan.bases)
            plan.singles.append((value, tuple(cells)))
    if combine:
        _combine(plan)
    return plan


def _bases() -> Iterator[Deployment]:
    for name, preset in PRESETS.items():
        for mode in _MODES:
            moved = (name,) if preset.mode == mode else (name, f"mode={mode}")
            yield next(base for move in _MOVES if not _refusal(base := (*moved, *move)))
        if preset.mode not in _MODES:
            yield (name,)


def _refusal(deployment: Deployment) -> str:
    """Why the settings refuse a deployment, without the place that a person would be shown; "" if they do not."""
    try:
        resolve(read_request(deployment[0], deployment[1:]))
    except SettingsError as error:
        text = str(error)
        place = next((f"--set {each}: " for each in deployment[1:] if text.startswith(f"--set {each}: ")), "")
        return text.removeprefix(place)
    return ""


def _cell(plan: Plan, base: Deployment, value: Value) -> Cell:
    """The value at the base; where the key would have no effect, with the choice that gives it one."""
    wanted = _override(base, value.overrides)
    first = _refusal(wanted)
    if not first:
        return Cell(plan.add(wanted))
    helpers = overrides_for(value.key, read_request(base[0], base[1:]).settings)
    said = {each.partition("=")[0] for each in value.overrides}
    helped = _override(base, (*(each for each in helpers if each.partition("=")[0] not in said), *value.overrides))
    if helped == wanted or _refusal(helped):
        return Cell(None, first)
    return Cell(plan.add(helped), helped=True)


def _override(base: Deployment, overrides: Sequence[str]) -> Deployment:
    names = {each.partition("=")[0] for each in overrides}
    return (*(each for each in base if each.partition("=")[0] not in names), *overrides)


def _deployment(row: Row) -> Deployment:
    chosen = dict(zip(DIMENSIONS, row, strict=True))
    overrides = [each for name, label in chosen.items() for each in DIMENSIONS[name][label]]
    if chosen["cache"] == "none" and chosen["mode"] == "ecs":
        overrides += _ONE_TASK
    return (chosen["preset"], *overrides)


def _tuples(row: Row, strength: int) -> Iterator[tuple[tuple[int, str], ...]]:
    return itertools.combinations(enumerate(row), strength)


def _combine(plan: Plan) -> None:
    """Every legal triple of the main choices in at least one deployment, greedily; the same with every run."""
    legal: list[Row] = []
    refused: dict[Row, str] = {}
    for row in itertools.product(*DIMENSIONS.values()):
        refusal = _refusal(_deployment(row))
        if refusal:
            refused[row] = refusal
        else:
            legal.append(row)
    triples = {triple for row in legal for triple in _tuples(row, 3)}
    chosen = list(_cover(legal, triples))
    plan.combinations = [(plan.add(_deployment(row)), row) for row in chosen]
    pairs = {pair for row in legal for pair in _tuples(row, 2)}
    plan.counts = {
        "combinations": len(legal) + len(refused),
        "legal": len(legal),
        "pairs": len(pairs),
        "triples": len(triples),
    }
    plan.refused_pairs = _why_refused(refused, pairs)


def _cover(legal: Sequence[Row], triples: set[tuple[tuple[int, str], ...]]) -> Iterator[Row]:
    draw = random.Random(1)
    order = list(legal)
    draw.shuffle(order)
    holding: dict[tuple[tuple[int, str], ...], list[Row]] = {}
    for row in order:
        for triple in _tuples(row, 3):
            rows = holding.setdefault(triple, [])
            if len(rows) < _CANDIDATES:
                rows.append(row)
    open_triples = set(triples)
    for triple in sorted(triples, key=lambda triple: (len(holding[triple]), triple)):
        if triple in open_triples:
            best = max(holding[triple], key=lambda row: sum(each in open_triples for each in _tuples(row, 3)))
            open_triples.difference_update(_tuples(best, 3))
            yield best


def _why_refused(refused: dict[Row, str], legal: set[tuple[tuple[int, str], ...]]) -> dict[str, str]:
    """Each pair of values that no legal combination has, with the reason that is given most often."""
    reasons: dict[tuple[tuple[int, str], ...], Counter[str]] = {}
    for row, reason in refused.items():
        for pair in _tuples(row, 2):
            if pair not in legal:
                reasons.setdefault(pair, Counter())[reason] += 1
    names = list(DIMENSIONS)
    return {
        " + ".join(f"{names[at]} = {label}" for at, label in pair): counter.most_common(1)[0][0]
        for pair, counter in sorted(reasons.items())
    }
