"""Comparison of stages -> text for people, and the contract `stackflight.stages/1`."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.stages import Comparison, Difference
from stackflight.views.json_text import dump
from stackflight.views.paper import Paper, one_line


def render_text(comparison: Comparison, paper: Paper) -> str:
    """Which stages pass and which are blocked, and the findings that only some of them have."""
    return "\n".join(_lines(comparison, paper))


def _lines(comparison: Comparison, paper: Paper) -> Iterator[str]:
    passing = [stage for stage in comparison.stages if stage not in comparison.blocked]
    stopped = [stage for stage in comparison.stages if stage in comparison.blocked]
    words = []
    if passing:
        words.append(paper.paint(f"{_list(passing)} {'passes' if len(passing) == 1 else 'pass'}", "good"))
    if stopped:
        words.append(paper.paint(f"{_list(stopped)} {'is' if len(stopped) == 1 else 'are'} blocked", "blocking"))
    why = ", because of what only some have:" if comparison.differences else ", and their findings are the same"
    yield from paper.wrap(f"stages: {', '.join(words)}{why if len(comparison.stages) > 1 else ''}", 0)
    for difference in comparison.differences:
        yield from paper.labelled(f"  {_where(difference)} ", one_line(difference.example.message), indent=4)


def _where(difference: Difference) -> str:
    by_severity: dict[str, list[str]] = {}
    for stage, severity in difference.severities.items():
        by_severity.setdefault(str(severity), []).append(stage)
    return ", ".join(f"{severity} in {_list(stages)}" for severity, stages in by_severity.items()) + ":"


def _list(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def render_json(comparison: Comparison) -> str:
    """The contract `stackflight.stages/1`."""
    return dump(
        {
            "schema": "stackflight.stages/1",
            "stages": [{"stage": stage, "blocked": stage in comparison.blocked} for stage in comparison.stages],
            "differences": [
                {
                    "check": one.example.check,
                    "resources": list(one.example.resources),
                    "code": one.example.code,
                    "message": one.example.message,
                    "severities": {stage: str(severity) for stage, severity in one.severities.items()},
                }
                for one in comparison.differences
            ],
        }
    )
