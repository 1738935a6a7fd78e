"""What a run of the matrix found, as JSON with one line for each deployment and each value: written, read, compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from matrix_plan import DIMENSIONS, Cell, Deployment, Plan

_ROOT: Final = Path(__file__).parent.parent
FILE: Final = "docs/reference/librechat-matrix.json"
_ASK_AND_TELL: Final = ("questions.py", "question_list.py", "answers.json", "reference.py", "settings_file.py")
_JUDGES: Final = ("aws-cdk-lib", "cdk-nag", "cdk-preflight", "cloudformation-validate")


@dataclass(frozen=True)
class Outcome:
    """What was found at one deployment; `wrong` is what nobody explained, `key` says of what it was found."""

    resources: int
    explained: int
    blocked: bool
    fresh: bool
    wrong: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True)
class Run:
    """A run as it is kept.

    `deployments`: overrides, resources, findings that are explained, "ok", "blocked" or "wrong". `singles`: key, value,
    then for each base the number of a deployment, [number] if another key helped, a refusal, or null. `combinations`: number,
    then a value for each of `dimensions`. `keys`: of each deployment `key_of` what was judged.
    """

    date: str
    sources: str
    judges: dict[str, str]
    network: str
    fresh: int
    bases: list[Deployment]
    counts: dict[str, int]
    dimensions: list[str]
    combinations: list[list[Any]]
    refused_pairs: dict[str, str]
    deployments: list[list[Any]]
    singles: list[list[Any]]
    keys: list[str] = field(default_factory=list)

    def known(self) -> dict[str, Outcome]:
        """The outcomes that stand while their keys stay what they are, by the deployment's text."""
        rows = zip(self.deployments, self.keys, strict=True) if self.keys else ()
        return {
            text: Outcome(resources, explained, state == "blocked", False, (), key)
            for (text, resources, explained, state), key in rows
            if state != "wrong"
        }

    @classmethod
    def of(
        cls, plan: Plan, outcomes: Sequence[Outcome], date: str, sources: str, judges: dict[str, str], network: str
    ) -> Run:
        """The run of a plan, with an outcome for each of its deployments."""
        deployments: list[list[Any]] = [
            [" ".join(each), out.resources, out.explained, "blocked" if out.blocked else "wrong" if out.wrong else "ok"]
            for each, out in zip(plan.deployments, outcomes, strict=True)
        ]
        singles = [[value.key, value.label, *map(_kept, cells)] for value, cells in plan.singles]
        fresh = sum(outcome.fresh for outcome in outcomes)
        return cls(
            date, sources, judges, network, fresh, plan.bases, plan.counts, list(DIMENSIONS),
            [[number, *row] for number, row in plan.combinations], plan.refused_pairs, deployments, singles,
            [outcome.key for outcome in outcomes],
        )  # fmt: skip


def _kept(cell: Cell | None) -> Any:
    if cell is None or cell.deployment is None:
        return cell and cell.refusal
    return [cell.deployment] if cell.helped else cell.deployment


def write_run(run: Run) -> None:
    """Write the file anew, one line for each deployment and each value."""
    lines = []
    for name, content in asdict(run).items():
        if name in ("deployments", "singles", "combinations", "keys"):
            rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in content)
            lines.append(f"{json.dumps(name)}: [\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(content, ensure_ascii=False)}")
    (_ROOT / FILE).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def read_run() -> Run:
    """The last run that was written."""
    return Run(**json.loads((_ROOT / FILE).read_text("utf-8")))


def digest_of_sources() -> str:
    """The SHA-256 of what is synthesised: every file of src/librechat_aws, by its name, but those that only ask and tell."""
    digest = hashlib.sha256()
    folder = _ROOT / "src" / "librechat_aws"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name not in _ASK_AND_TELL:
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def key_of(assembly: Path) -> str:
    """What a verdict depends on: templates, contents of assets (their names are digests), and the judges.

    Not the reasons in `accepted`: where one is missing the verdict was "wrong", and is not taken over; the tests refuse one
    that nothing needs.
    """
    digest = hashlib.sha256(json.dumps(versions_of_judges()).encode())
    files = [*assembly.glob("*.template.json"), *assembly.glob("*.assets.json")]
    for path in (*sorted(files), _ROOT / "tools/matrix_judge.py"):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def versions_of_judges() -> dict[str, str]:
    """The versions of the packages whose judgement was asked for."""
    return {name: version(name) for name in _JUDGES}
