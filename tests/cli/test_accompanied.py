"""What another tool's command line says about what it deploys."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stackflight.cli.accompanied import find_target, is_hotswap
from stackflight.errors import AppFailed


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("aws cloudformation deploy --template-file app.yaml --stack-name app", "app.yaml"),
        ("aws cloudformation create-stack --stack-name app --template-body file://app.json", "app.json"),
        ("sam deploy -t build/template.yaml", "build/template.yaml"),
        ("rain deploy --template=app.yaml", "app.yaml"),
        ("make deploy", None),
    ],
)
def test_templates_are_named_by_options(command: str, target: str | None) -> None:
    assert find_target(command.split(), "out") == target


def test_a_cdk_app_that_is_an_assembly_already_is_that(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    assert find_target(["npx", "cdk", "deploy", "--all", "--app", str(tmp_path)], "out") == str(tmp_path)


def fake_cdk(folder: Path, code: int) -> str:
    """A program called cdk that writes down how it was called."""
    program = folder / "cdk"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(folder / 'called')!r}, 'w').write(' '.join(sys.argv[1:]))\nsys.exit({code})\n"
    )
    program.chmod(0o755)
    return str(program)


def test_another_cdk_app_is_synthesised_with_the_same_options(tmp_path: Path) -> None:
    cdk = fake_cdk(tmp_path, 0)
    command = [cdk, "deploy", "--all", "-c", "stage=prod", "--require-approval", "never", "--app", "node app.js"]
    assert find_target(command, "out") == "out"
    assert (tmp_path / "called").read_text() == "synth --quiet --output out -c stage=prod --app node app.js"


def test_an_app_that_cannot_be_synthesised_stops_it(tmp_path: Path) -> None:
    with pytest.raises(AppFailed, match="could not be synthesised for the review: exit code 3") as caught:
        find_target([fake_cdk(tmp_path, 3), "deploy"], "out")
    assert "--review none" in caught.value.hint


def test_a_hotswap_is_known_by_its_option() -> None:
    assert is_hotswap(["npx", "cdk", "deploy", "--hotswap-fallback"])
    assert not is_hotswap(["npx", "cdk", "deploy"])
