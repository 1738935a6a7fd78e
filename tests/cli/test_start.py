"""What is begun before the command line is even read."""

from __future__ import annotations

import pytest
from screen import Run

from stackflight.cli.start import needs_preflight, needs_rules
from stackflight.cli.verbs import load_verbs


@pytest.mark.parametrize("arguments", [["check", "x.yaml"], ["--debug", "check", "x.yaml"], ["review", "app:preset"]])
def test_a_verb_that_judges_loads_the_standard_rules_at_once(arguments: list[str]) -> None:
    assert needs_rules(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--version"],
        ["presets", "librechat"],
        ["check", "--help"],
        ["check", "--no-standard-rules", "x.yaml"],
        ["check", "--rules", "own", "x"],
    ],
)
def test_nothing_else_does(arguments: list[str]) -> None:
    assert not needs_rules(arguments)


def test_every_verb_that_can_leave_the_rules_out_loads_them_at_once() -> None:
    able = {verb.name for verb in load_verbs() if any(option.flag == "--no-standard-rules" for option in verb.options)}
    assert {name for name in (verb.name for verb in load_verbs()) if needs_rules([name, "--", "command"])} == able
    assert not needs_rules(["watch", "shop"])


@pytest.mark.parametrize(
    ("arguments", "needed"), [([], True), (["--rules", "standard"], False), (["--rules=all"], True)]
)
def test_the_rules_of_cdk_preflight_load_at_once_unless_they_are_not_wanted(arguments: list[str], needed: bool) -> None:
    assert needs_preflight(["check", "x.yaml", *arguments]) is needed


@pytest.mark.parametrize(
    ("command", "row", "said"),
    [
        ("presets", 21, "presets needs an APP"),
        ("compose", 23, "it belongs to the app: python -m librechat_aws compose --help"),
        ("images", 23, "it belongs to the app: python -m librechat_aws images --help"),
        ("rehearse sound.yaml --max-duration 10", 26, "write --max-duration 10s, or --max-duration 10m for minutes"),
    ],
)
def test_what_is_not_understood_leads_on(command: str, row: int, said: str, run: Run) -> None:
    """Audit, rows 21, 23 and 26: a wrong article, commands that are the app's, ten seconds for ten minutes."""
    screen = run(*command.split())
    assert (screen.code, screen.stdout) == (64, ""), row
    assert said in screen.stderr
