"""Input that is broken or of another form than anybody expects: a message, a hint and the exit code of the contract."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from screen import HOSTILE, Run

ALONE = "--no-standard-rules"
VERBS = ["check", "review", "rehearse"]

MANIFESTS = {
    "manifest-artifact-is-null": ":1: the artifact S must be a mapping",
    "manifest-artifact-is-text": ":1: the artifact S must be a mapping",
    "manifest-dependency-is-mapping": ": the dependencies of S are no list of names",
    "manifest-holds-itself": ": the assembly holds itself",
    "manifest-metadata-is-list": ":1: the metadata of S must be a mapping",
    "manifest-properties-are-text": ":1: the properties of S must be a mapping",
    "manifest-stack-waits-for-itself": ": the stacks wait for one another in a circle: S",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("folder", MANIFESTS)
def test_a_manifest_of_another_form_is_refused(hostile: Run, verb: str, folder: str) -> None:
    """Malformed manifests: artifacts, properties, metadata and dependencies of a wrong kind, and circles."""
    screen = hostile(verb, folder, ALONE)
    assert (screen.code, screen.stdout) == (66, "")
    assert screen.stderr == f"error: {folder}/manifest.json{MANIFESTS[folder]}\nhint: run 'cdk synth' again\n"


ODD: list[tuple[str, Any]] = [
    (key, value)
    for key in ("artifacts", "missing", "properties", "metadata", "dependencies", "environment", "templateFile", "type")
    for value in (None, 1, "x", [], [1], {}, {"x": 1}, True)
]


@pytest.mark.parametrize(("key", "value"), ODD)
def test_every_place_of_a_manifest_may_hold_anything(hostile: Run, tmp_path: Path, key: str, value: Any) -> None:
    """Malformed manifests: any value at any place is read, ignored or refused, and is no fault of the program."""
    artifact: dict[str, Any] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.json"}}
    manifest: dict[str, Any] = {"version": "1", "artifacts": {"S": artifact}}
    place = (
        manifest if key in {"artifacts", "missing"} else artifact["properties"] if key == "templateFile" else artifact
    )
    place[key] = value
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "S.json").write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')

    screen = hostile("rehearse", str(tmp_path), ALONE)

    assert screen.code in {0, 66}
    assert (screen.code == 66) == screen.stderr.startswith("error: ")
    assert "internal error" not in screen.stderr


def test_a_template_that_is_a_link_to_itself_is_not_there(hostile: Run, tmp_path: Path) -> None:
    """A template of an assembly that is a link to itself: it cannot be read, and that is said."""
    (tmp_path / "manifest.json").write_text((HOSTILE / "manifest-stack-waits-for-itself" / "manifest.json").read_text())
    (tmp_path / "S.json").symlink_to(tmp_path / "S.json")
    screen = hostile("check", str(tmp_path), ALONE)
    assert screen.code == 66
    assert "the assembly names S.json, but the file is not there" in screen.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_a_number_of_thousands_of_digits_is_refused(hostile: Run, verb: str) -> None:
    """An integer of five thousand digits in a template."""
    screen = hostile(verb, "huge-integer.json", ALONE)
    assert (screen.code, screen.stdout) == (66, "")
    assert screen.stderr == (
        "error: huge-integer.json:1: not valid JSON: a number of thousands of digits\n"
        "hint: write it in quotes if it is meant as it stands\n"
    )


@pytest.mark.parametrize("option", ["--params", "--account", "manifest"])
def test_such_a_number_is_refused_wherever_json_is_read(hostile: Run, tmp_path: Path, option: str) -> None:
    """An integer of five thousand digits in parameters, in a snapshot, in a manifest."""
    file = tmp_path / "manifest.json"
    file.write_text('{"artifacts": {"x": ' + "1" * 5000 + "}}")
    target = [str(tmp_path)] if option == "manifest" else ["bad-name.json", option, str(file)]
    screen = hostile("check", *target, ALONE)
    assert (screen.code, screen.stdout) == (66, "")
    assert screen.stderr.startswith(f"error: {file}")
    assert "not valid JSON" in screen.stderr


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("file", ["asset-path-root.yaml", "asset-path-up.yaml"])
def test_an_asset_outside_of_the_folder_is_not_looked_at(
    hostile: Run, verb: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asset path of / or ../../../../..: no file of the machine is listed, named or read."""
    walked: list[str] = []
    walk = os.walk

    def noting(top: Any, *rest: Any, **more: Any) -> Any:
        walked.append(str(top))
        return walk(top, *rest, **more)

    monkeypatch.setattr(os, "walk", noting)
    screen = hostile(verb, file, ALONE)
    assert screen.code == 0
    assert screen.stderr == ""
    assert walked == []


@pytest.mark.parametrize(
    "path",
    ["link", "a/" * 5000, "x" * 5000, "..", "circle", "a\0b", "/etc"],
    ids=lambda path: path[:8].replace("\0", "0"),
)
def test_an_asset_behind_a_link_or_an_impossible_name_is_not_looked_at(hostile: Run, tmp_path: Path, path: str) -> None:
    """An asset folder that is a link out of the assembly, a circle of links, a path of thousands of parts."""
    home, folder = tmp_path / "home", tmp_path / "cdk.out"
    home.mkdir()
    folder.mkdir()
    (home / "index.py").write_text("import boto3\nboto3.client('s3')\nboto3.client('sqs')\n")
    (folder / "link").symlink_to(home)
    (folder / "circle").symlink_to(folder / "circle")
    function = {
        "Type": "AWS::Lambda::Function",
        "Metadata": {"aws:asset:path": path},
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::123456789012:role/x",
            "Code": {"S3Bucket": "bbb", "S3Key": "k"},
            "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        },
    }
    manifest = {"artifacts": {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.json"}}}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "S.json").write_text(json.dumps({"Resources": {"Work": function}}))

    screen = hostile("check", str(folder), ALONE, "--format", "json")

    assert screen.code == 0
    assert json.loads(screen.stdout)["stats"]["needs"] == 0
    assert screen.stderr == ""


def test_an_asset_inside_of_the_folder_is_read(hostile: Run, tmp_path: Path) -> None:
    """The control of the tests before: the same code inside of the assembly makes needs."""
    (tmp_path / "asset").mkdir()
    (tmp_path / "asset" / "index.py").write_text("import boto3\nboto3.client('s3')\nboto3.client('sqs')\n")
    file = tmp_path / "app.yaml"
    file.write_text(
        (HOSTILE / "asset-path-root.yaml")
        .read_text()
        .replace("'aws:asset:path': /", "'aws:asset:path': asset")
        .replace("Code:", "VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}, Code:")
    )
    screen = hostile("check", str(file), ALONE, "--format", "json")
    assert json.loads(screen.stdout)["stats"]["needs"] >= 2


def test_an_interruption_at_any_import_is_one_line() -> None:
    """Ctrl-C in the first instants, one after the other: one line and exit code 1, no traceback.

    Python tells a hook of every module before it looks for it, and there the interruption comes. Before `start` is found
    nothing of the program runs yet.
    """
    program = textwrap.dedent(
        """
        import os, sys

        def interrupt_at(number):
            started, seen = False, 0
            def hook(event, arguments):
                nonlocal started, seen
                if event == "import":
                    started = started or "stackflight.cli.start" in sys.modules
                    seen += started
                    if started and seen == number:
                        seen += 1
                        raise KeyboardInterrupt
            sys.addaudithook(hook)

        for number in range(1, 60):
            read, write = os.pipe()
            child = os.fork()
            if not child:
                os.dup2(write, 1), os.dup2(write, 2)
                interrupt_at(number)
                sys.argv = ["stackflight", "check", "nothing.yaml", "--rules", "own"]
                from stackflight.cli.start import run
                run()
            os.close(write)
            said = os.read(read, 10_000).decode()
            _, status = os.waitpid(child, 0)
            os.close(read)
            print(number, os.waitstatus_to_exitcode(status), said.strip())
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    told = {line.partition(" ")[2] for line in done.stdout.splitlines()}

    assert done.stderr == ""
    assert told == {"1 error: interrupted"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals, nor named pipes in the file system")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_synthesis_that_is_ended_leaves_nothing_behind(tmp_path: Path, how: signal.Signals) -> None:
    """SIGTERM while a preset is synthesised: temporary folders, those of the app too, are taken away."""
    module, pipe, temporary = tmp_path / "fake_app.py", tmp_path / "pipe", tmp_path / "tmp"
    temporary.mkdir()
    os.mkfifo(pipe)
    module.write_text(
        f"import signal, tempfile\ntempfile.mkdtemp(prefix='jsii-kernel-')\nopen({str(pipe)!r}, 'w').write('ready')\n"
        "signal.pause()\n"
    )
    program = (
        "import stackflight.cli.targets as targets\nfrom stackflight.cli.apps import App\n"
        "targets.find_app = lambda name: App(name, 'fake_app')\n"
        "from stackflight.cli.start import run\nrun()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, "check", "fake:preset", ALONE],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert pipe.read_text() == "ready"
    assert {path.name.split("-")[0] for path in temporary.iterdir()} == {"stackflight"}
    process.send_signal(how)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err.endswith("error: interrupted\n")
    assert list(temporary.iterdir()) == []
