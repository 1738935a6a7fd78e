"""Parameter values from the command line and from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

from stackflight.cli.inputs import read_inputs
from stackflight.errors import UnreadableInput, WrongUsage

EXPECTED = {"Stage": "prod", "Zones": "a,b"}


@pytest.mark.parametrize(
    "content",
    [
        [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Zones", "ParameterValue": "a,b"}],
        {"Parameters": {"Stage": "prod", "Zones": ["a", "b"]}},
        {"Stage": "prod", "Zones": "a,b"},
    ],
)
def test_every_common_shape_of_a_parameter_file_is_read(content: object, tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(content))

    assert read_inputs([], [file], None).parameters == EXPECTED


def test_what_is_typed_goes_before_what_a_file_says(tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text('{"Stage": "dev", "Size": 3}')

    assert read_inputs(["Stage=prod=1"], [file], None).parameters == {"Stage": "prod=1", "Size": "3"}


def test_a_previous_value_is_no_value(tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text('[{"ParameterKey": "Stage", "UsePreviousValue": true}]')

    assert read_inputs([], [file], None).parameters == {}


def test_a_file_without_parameters_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text("[1, 2]")

    with pytest.raises(UnreadableInput, match="no parameter values"):
        read_inputs([], [file], None)


@pytest.mark.parametrize("typed", ["Stage", "=prod"])
def test_a_parameter_needs_name_and_value(typed: str) -> None:
    with pytest.raises(WrongUsage, match="NAME=VALUE"):
        read_inputs([typed], [], None)


def test_a_parameter_that_one_target_declares_may_be_given_for_all(run: Run) -> None:
    assert run("check", "--param", "Stage=prod", "sound.yaml", "unreachable.yaml").code in {0, 10}


def test_a_parameter_may_be_bound_for_one_stack_only(run: Run) -> None:
    assert run("check", "--param", "sound.Stage=prod", "sound.yaml").code == 0
    assert run("check", "--param", "other.Stage=prod", "sound.yaml").code == 64


def test_the_names_of_a_parameter_file_need_not_be_declared(run: Run) -> None:
    assert run("check", "--params", "stage.json", "cycle.yaml").code == 10
