"""The matrix of deployments: what it is made of, what it says, and some of it in turn."""

import random
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import Field
from pydantic.fields import FieldInfo

from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from librechat_aws.settings import Settings
from stackflight.local.standard_rules import load_standard_rules

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import matrix_values
from matrix_data import Run, digest_of_sources, read_run
from matrix_judge import Verdict, as_promised, judge
from matrix_page import render_matrix
from matrix_plan import _cover, _tuples, draw_plan
from matrix_values import values

IN_TURN = 3
SOUND = Verdict(9, (), 0, (), frozenset(), 2, (), "CREATE_COMPLETE")


@pytest.fixture(scope="module")
def plan():
    return draw_plan(combine=False)


def test_every_key_of_the_settings_has_values_and_every_choice_is_among_them() -> None:
    tried = {(value.key, value.overrides[0].partition("=")[2]) for value in values()}
    assert {key for key, _ in tried} == set(Settings.model_fields)
    for key, info in Settings.model_fields.items():
        for choice in get_args(info.annotation) if isinstance(info.default, str) else ():
            assert (key, choice) in tried
        if info.annotation is bool:
            assert {(key, "true"), (key, "false")} <= tried


@pytest.mark.parametrize("field", [Field("", description="A text."), Field(1, description="A number.")])
def test_a_new_key_without_limits_is_not_forgotten(field: FieldInfo) -> None:
    field.annotation = type(field.default)
    with pytest.raises(LookupError, match="no samples of the key 'colour'"):
        list(matrix_values._values_of("colour", field))


def test_every_value_is_legal_at_some_preset(plan) -> None:
    assert [
        value for value, cells in plan.singles if not any(cell and cell.deployment is not None for cell in cells)
    ] == []


def test_a_key_is_tried_with_the_choice_that_gives_it_an_effect(plan) -> None:
    at = plan.bases.index(("minimal-dev",))
    cell = next(cells[at] for value, cells in plan.singles if value.overrides == ("aurora_readers=15",))
    assert cell.helped
    assert plan.deployments[cell.deployment] == (
        "minimal-dev",
        "rag=true",
        "postgres=aurora-serverless",
        "aurora_readers=15",
    )


def test_every_triple_is_in_a_chosen_combination() -> None:
    legal = [(a, b, c, d) for a in "xy" for b in "xyz" for c in "xy" for d in "xyz" if (a, b) != ("x", "z")]
    triples = {triple for row in legal for triple in _tuples(row, 3)}
    chosen = list(_cover(legal, triples))
    assert {triple for row in chosen for triple in _tuples(row, 3)} == triples
    assert len(chosen) < len(legal)


@pytest.mark.parametrize(
    ("overrides", "changes", "wrong"),
    [
        ((), {}, []),
        ((), {"blocking": ("it breaks",)}, ["it breaks"]),
        ((), {"unexplained": ("rule at Path",)}, ["rule at Path"]),
        ((), {"differing": ("App.template.json",)}, ["two syntheses differ in App.template.json"]),
        ((), {"rehearsal": "ROLLBACK_COMPLETE"}, ["the rehearsal ends with ROLLBACK_COMPLETE"]),
        (("egress=none",), {}, ['egress = "none" is not refused by any check']),
        (("egress=none",), {"blocking": ("it breaks",), "rehearsal": "ROLLBACK_COMPLETE"}, []),
    ],
)
def test_a_deployment_is_as_promised_or_it_is_said_what_is_wrong(overrides, changes, wrong) -> None:
    from dataclasses import replace

    config = resolve(read_request("standard-dev", overrides))
    assert as_promised(config, replace(SOUND, **changes)) == wrong


def test_the_page_says_what_became_of_each_value() -> None:
    run = Run(
        date="2026-11-20",
        sources="0123456789abcdef",
        judges={"cdk-nag": "3.0.2"},
        network="a network namespace without any route",
        fresh=1,
        bases=[("a",), ("a", "mode=ecs", "documents=documentdb")],
        counts={"combinations": 1200, "legal": 100, "pairs": 20, "triples": 30},
        dimensions=["mode"],
        combinations=[[0, "ec2"], [1, "ecs"]],
        refused_pairs={"mode = ecs + documents = mongodb": "no volume"},
        deployments=[["a", 56, 20, "ok"], ["a mode=ecs", 86, 3, "ok"], ["a egress=none", 80, 3, "blocked"]],
        singles=[
            ["egress", "none", 2, "of no use"],
            ["zones", "2", 0, [1]],
            ["zones", "3", 0, [1]],
            ["name", "ab", 0, None],
            ["key_pair", "k", 0, 'key_pair has no effect with mode = "ecs"'],
        ],
    )
    page = render_matrix(run)
    assert "| `egress` | `none` | ✗ 80 | [1] |" in page
    assert "* [1] of no use" in page
    assert "| `zones` | `2`, `3` | ✓ 56 | ✓ 86+ |" in page
    assert "| `name` | `ab` | ✓ 56 |  |" in page
    assert "| `key_pair` | `k` | ✓ 56 | – |" in page
    assert "**3 deployments**: 2 pass every judge" in page
    assert "| mode | `ec2` 1, `ecs` 1 |" in page


def test_the_run_that_is_published_left_nothing_open() -> None:
    run = read_run()
    assert [row for row in run.deployments if row[-1] == "wrong"] == []
    assert all("egress=none" in row[0] for row in run.deployments if row[-1] == "blocked")


@pytest.mark.xdist_group("judges")
@pytest.mark.parametrize("turn", range(IN_TURN))
def test_some_deployments_of_the_matrix_pass_every_judge_in_turn(turn: int, plan, synthesise, tmp_path: Path) -> None:
    """Which ones depends on the sources alone, so that a change brings others."""
    preset, *overrides = random.Random(digest_of_sources()).sample(plan.deployments, IN_TURN)[turn]
    config = resolve(read_request(preset, overrides))
    verdict = judge(config, synthesise(preset, *overrides).folder, tmp_path / "again", load_standard_rules())
    assert as_promised(config, verdict) == [], f"{preset} {' '.join(overrides)}"
