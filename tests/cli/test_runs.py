"""`runs` and `watch`: what the ledger gives back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from deploying import PatientClock
from screen import TEMPLATES, Run

from stackflight.cli.looking_back import world_of
from stackflight.cli.running import templates_key
from stackflight.local.home import state_folder
from stackflight.local.ledger import LocalLedger
from stackflight.local.lock import LocalLock
from stackflight.model.run import Holder


def last_run() -> str:
    return LocalLedger(state_folder()).runs()[0].id


def test_every_deployment_is_in_the_history_the_newest_on_top(deploying: Run) -> None:
    deploying("deploy", "sound.yaml", "--simulate", "--yes")
    deploying("deploy", "sound.yaml", "--simulate", "--yes", "--fail", "Files@3")
    deploying("deploy", "unreachable.yaml", "--simulate", "--yes")
    lines = deploying("runs").stdout.splitlines()
    assert [line.split("  ")[2].strip() for line in lines] == ["REFUSED", "ROLLBACK_COMPLETE", "CREATE_COMPLETE"]
    assert len(deploying("runs", "--stack", "sound").stdout.splitlines()) == 2


def test_an_empty_history_says_so(deploying: Run) -> None:
    assert deploying("runs").stdout == "no runs\n"


def test_one_run_tells_who_what_and_how_it_ended(deploying: Run) -> None:
    deploying("deploy", "sound.yaml", "--simulate", "--yes")
    told = deploying("runs", last_run()).stdout
    assert re.search(r"who +maria on desk", told)
    assert re.search(r"outcome +CREATE_COMPLETE after 0:\d\d", told)
    assert re.search(r"kept +1 review, 1 change-set", told)


def test_a_run_is_exported_with_all_its_events(deploying: Run, tmp_path: Path) -> None:
    deploying("deploy", "sound.yaml", "--simulate", "--yes")
    file = tmp_path / "run.json"
    assert deploying("runs", last_run(), "--export", str(file)).code == 0
    made = json.loads(file.read_text())
    assert made["schema"] == "stackflight.run/1"
    assert made["events"][-1]["status"] == "CREATE_COMPLETE"


def test_a_bundle_holds_everything_and_no_secret(deploying: Run, tmp_path: Path) -> None:
    secret = "Zx81Spectrum48kSecret"
    template = tmp_path / "planted.yaml"
    template.write_text(
        "Parameters: {Password: {Type: String, NoEcho: true}, Pin: {Type: String, NoEcho: true, Default: opensesame1}}\n"
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Sub 'q-${AWS::StackName}'}\n"
        "  DbSecret:\n    Type: AWS::SecretsManager::Secret\n    Properties: {SecretString: letmein12345}\n"
        "  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n"
        "        - {Name: web, Image: web, Memory: 128, Environment: [{Name: GREETING, Value: trustno1trustno1}]}\n"
    )
    fail = (
        f"Queue=refused https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef123456 for {secret} password=swordfish99@2"
    )
    param = ("--param", f"Password={secret}")
    screen = deploying("deploy", str(template), "--simulate", "--yes", "--fail", fail, *param)
    assert screen.code == 1
    file = tmp_path / "bundle.zip"
    assert deploying("runs", last_run(), "--bundle", str(file)).code == 0
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        told = "".join(archive.read(name).decode() for name in names)
    assert {"run.json", "events.json", "versions.json", "environment.json", "templates/planted.json"} <= names
    kept = LocalLedger(state_folder()).file.read_bytes().decode(errors="replace")
    for text in (told, kept, screen.stdout, screen.stderr):
        assert secret not in text
        assert "abcdef123456" not in text
        assert "swordfish99" not in text
        assert "letmein12345" not in text
        assert "opensesame1" not in text
        assert "trustno1trustno1" not in text
    ledger = LocalLedger(state_folder())
    world = world_of(ledger.notes(templates_key(ledger.runs()[0])), "us-east-1")
    assert world is not None
    assert set(world.stack("planted").resources) == {"Queue", "DbSecret", "Task"}


def test_a_run_that_does_not_exist_is_a_wrong_usage(deploying: Run) -> None:
    screen = deploying("runs", "r-1")
    assert screen.code == 64
    assert "the ledger has no run r-1" in screen.stderr


def test_watching_a_run_that_is_over_shows_it_and_ends_as_it_did(deploying: Run) -> None:
    deploying("deploy", "sound.yaml", "--simulate", "--yes", "--fail", "Files=No such luck@3")
    screen = deploying("watch", "sound")
    assert screen.code == 1
    assert "sound/Files CREATE_FAILED: No such luck" in screen.stderr
    assert "ROLLBACK_COMPLETE" in screen.stdout
    for named in ("sound", last_run()):
        screen = deploying("cancel", named, "--yes")
        assert screen.code == 1
        assert "was simulated, and it is over: ROLLBACK_COMPLETE" in screen.stderr


def test_a_run_whose_process_is_gone_without_a_word_is_lost_not_running_for_ever(deploying: Run) -> None:
    deploying("deploy", "sound.yaml", "--simulate", "--yes", "--detach")
    screen = deploying("watch", last_run())
    assert screen.code == 1
    assert "nobody knows how it ended" in screen.stdout


def test_another_run_on_the_stack_is_refused_with_who_has_it_and_since_when(deploying: Run) -> None:
    lock = LocalLock(state_folder(), "simulated", "")
    began = PatientClock().now() - 240
    assert lock.take(Holder("sound", "r-42", "paul", "GitHub Actions run 7", began)) is None
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes")
    assert screen.code == 2
    assert "sound is held by r-42 of paul on GitHub Actions run 7, since 4 minutes" in screen.stderr
    assert "stackflight watch r-42" in screen.stderr
    lock.release(Holder("sound", "r-42", "paul", "", began))
    assert deploying("deploy", "sound.yaml", "--simulate", "--yes").code == 0


def test_whoever_waits_is_refused_when_the_time_is_over(deploying: Run) -> None:
    lock = LocalLock(state_folder(), "simulated", "")
    assert lock.take(Holder("sound", "r-42", "paul", "desk", PatientClock().now())) is None
    screen = deploying("deploy", "sound.yaml", "--simulate", "--yes", "--wait", "10m")
    assert screen.code == 2
    assert "waiting for its end" in screen.stderr
    assert "since 10 minutes" in screen.stderr
    lock.release(Holder("sound", "r-42", "paul", "", 0.0))


def test_of_several_deployers_at_once_exactly_one_deploys(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "stackflight",
        "deploy",
        "sound.yaml",
        "--simulate",
        "--yes",
        "--no-standard-rules",
    ]
    environment = {"STACKFLIGHT_HOME": str(tmp_path), "PATH": "/usr/bin"}
    lock = LocalLock(tmp_path, "simulated", "")
    assert lock.take(Holder("sound", "r-42", "paul", "desk", 1.0)) is None
    started = [
        subprocess.Popen(command, cwd=TEMPLATES, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [2, 2, 2]
    assert all("held by r-42 of paul" in text for text in said)
