"""The verb diff: the JSON that programs read, and what lies between two targets whatever they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

CLOSED, OPENED = "../shops/shop-closed.yaml", "../shops/shop-opened.yaml"


def _diff(run: Run, *targets: str) -> dict[str, object]:
    screen = run("diff", "--rules", "own", "--format", "json", *targets)
    assert screen.code == 0
    made: dict[str, object] = json.loads(screen.stdout)
    return made


def test_the_json_is_what_the_contract_says(run: Run) -> None:
    made = _diff(run, CLOSED, OPENED)

    assert made["schema"] == "stackflight.diff/1"
    assert {"old", "new", "resources", "findings", "ways", "rights", "price", "seconds"} <= set(made)
    assert {one["action"] for one in made["resources"]} == {"add", "change", "replace", "remove"}  # type: ignore[attr-defined]
    assert {one["resource"]: one["data"] for one in made["resources"] if one["data"] == "lost"} == {"Orders": "lost", "Queue": "lost"}  # type: ignore[attr-defined] # fmt: skip


def test_what_opens_one_way_closes_the_other_way(run: Run) -> None:
    there, back = _diff(run, CLOSED, OPENED), _diff(run, OPENED, CLOSED)

    def ways(made: dict[str, object], which: str) -> set[tuple[str, str, str]]:
        return {(one["from"], one["to"], one["what"]) for one in made["ways"][which]}  # type: ignore[index]

    assert ways(there, "opened") == ways(back, "closed")
    assert ways(there, "closed") == ways(back, "opened")
    assert ("the internet", "Web", "tcp 22") in ways(there, "opened")


def test_a_replacement_names_the_property_that_forces_it(run: Run) -> None:
    resources = _diff(run, CLOSED, OPENED)["resources"]
    orders = next(one for one in resources if one["resource"] == "Orders")  # type: ignore[attr-defined]

    assert (orders["action"], orders["because"]) == ("replace", ["StorageEncrypted"])


def test_rights_are_widened_one_way_only(run: Run) -> None:
    assert [one["actions"] for one in _diff(run, CLOSED, OPENED)["rights"]] == [["s3:*"]]  # type: ignore[attr-defined]
    assert _diff(run, OPENED, CLOSED)["rights"] == []


@pytest.mark.parametrize("name", ["closed", "opened"])
def test_a_target_and_a_copy_of_it_do_not_differ(name: str, run: Run, tmp_path: Path) -> None:
    text = (Path(__file__).parent / "shops" / f"shop-{name}.yaml").read_text(encoding="utf-8")
    (tmp_path / "another-name.yaml").write_text(text, encoding="utf-8")
    made = _diff(run, f"../shops/shop-{name}.yaml", str(tmp_path / "another-name.yaml"))

    assert (made["resources"], made["ways"], made["rights"]) == ([], {"opened": [], "closed": []}, [])
    assert made["price"]["old"] == made["price"]["new"]  # type: ignore[index]


def test_a_creation_that_a_finding_blocks_does_not_come_to_its_end(run: Run) -> None:
    made = _diff(run, "sound.yaml", "unreachable.yaml")
    assert made["rolled_back"] == {"old": False, "new": True}
    assert _diff(run, CLOSED, OPENED)["rolled_back"] == {"old": False, "new": False}, "what an update loses is its own"


def test_the_difference_goes_into_a_file(run: Run, tmp_path: Path) -> None:
    screen = run(
        "diff", "--rules", "own", "--format", "markdown", "--output", str(tmp_path / "diff.md"), CLOSED, OPENED
    )

    assert (screen.code, screen.stdout) == (0, "")
    assert (tmp_path / "diff.md").read_text(encoding="utf-8").startswith("### stackflight diff: ")
