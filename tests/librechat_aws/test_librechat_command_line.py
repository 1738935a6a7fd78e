import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from librechat_aws.__main__ import main
from librechat_aws.presets import PRESETS


def test_presets_are_listed_as_json_without_loading_the_cdk() -> None:
    script = (
        "import sys; from librechat_aws.__main__ import main; code = main(['presets', '--json']);"
        "sys.exit(code or int('aws_cdk' in sys.modules or 'pydantic' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["name"] for row in rows] == list(PRESETS)
    assert all(row["summary"] and row["mode"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["synth", "standart-dev", "--out", "x"], "unknown preset"),
        (["synth", "standard-dev", "--out", "x", "--set", "egress"], "not of the form key=value"),
        (["synth", "standard-dev", "--out", "x", "--set", "egres=none"], "unknown key"),
        (["synth", "standard-dev"], "--out"),
        ([], "COMMAND"),
    ],
)
def test_wrong_usage_is_one_message_with_a_hint_and_code_64(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert message in printed.err
    assert "\nhint: " in printed.err


def test_a_missing_node_is_said_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JSII_NODE", str(tmp_path / "node"))
    assert main(["synth", "standard-dev", "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().err
    assert "is not a program" in printed
    assert "hint: " in printed


@pytest.mark.xdist_group("cdk")
def test_another_process_without_network_and_with_another_hash_seed_writes_the_same_bytes(
    synthesise, tmp_path: Path
) -> None:
    here = synthesise("standard-dev").folder
    there = tmp_path / "cdk.out"
    environment = {"PATH": os.defpath, "HOME": os.environ["HOME"], "PYTHONHASHSEED": "7", "CDK_VALIDATION": "false"}
    done = subprocess.run(
        [*_without_network(), sys.executable, "-m", "librechat_aws", "synth", "standard-dev", "--out", str(there)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    names = sorted(path.name for path in here.iterdir())
    assert names == sorted(path.name for path in there.iterdir())
    templates = [name for name in names if name.endswith((".template.json", ".assets.json"))]
    assert len(templates) == 6
    assert filecmp.cmpfiles(here, there, templates, shallow=False) == (templates, [], [])


def _without_network() -> list[str]:
    """What begins a command that gets no network to reach anything by, where the system lets us."""
    wall = ["unshare", "--net", "--map-root-user"]
    able = shutil.which("unshare") and subprocess.run([*wall, "true"], capture_output=True, check=False).returncode == 0
    return wall if able else []


def test_what_a_process_synthesised_before_has_no_say(tmp_path: Path) -> None:
    script = Path(__file__).with_name("grown_process.py")
    folders = [tmp_path / "first", tmp_path / "second"]
    done = subprocess.run(
        [sys.executable, str(script), "production-ec2", *map(str, folders)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    compared = filecmp.dircmp(*folders)
    assert len(compared.common_files) > 10
    assert compared.left_only + compared.right_only + compared.diff_files == []


@pytest.mark.xdist_group("cdk")
def test_the_cdks_own_cli_names_the_preset_in_its_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synthesise
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path / "cdk.out"))
    monkeypatch.setenv("CDK_CONTEXT_JSON", json.dumps({"preset": "standard-dev", "egress": "endpoints"}))
    assert main(["cdk"]) == 0
    expected = synthesise("standard-dev", "egress=endpoints").folder / "Network.template.json"
    assert (tmp_path / "cdk.out" / "Network.template.json").read_bytes() == expected.read_bytes()


def test_the_cdks_own_cli_without_a_preset_is_told_what_to_add(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDK_CONTEXT_JSON", "{}")
    assert main(["cdk"]) == 64
    assert "-c preset=standard-dev" in capsys.readouterr().err


def test_a_key_of_the_cdks_cli_that_no_setting_has_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = {"aws:cdk:enable-path-metadata": True, "@aws-cdk/core:x": True}
    monkeypatch.setenv("CDK_CONTEXT_JSON", json.dumps({"preset": "standard-dev", "egres": "none", **flags}))
    assert main(["cdk"]) == 64
    assert "egress" in capsys.readouterr().err


def test_the_cdks_own_cli_is_told_to_run_that_command() -> None:
    project = Path(__file__).parents[2]
    assert json.loads((project / "cdk.json").read_text())["app"] == ".venv/bin/python -m librechat_aws cdk"


def test_a_missing_dependency_is_said_with_a_hint(monkeypatch, capsys) -> None:
    def vanish(_: object) -> int:
        raise ModuleNotFoundError("No module named 'aws_cdk'", name="aws_cdk.aws_ec2")

    monkeypatch.setattr("librechat_aws.__main__._list_presets", vanish)
    assert main(["presets"]) == 1
    assert "hint: in a clone of this project: pip install '.[librechat]'" in capsys.readouterr().err
