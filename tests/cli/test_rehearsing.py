"""The verb rehearse: exit codes, limits, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

from stackflight.local.ledger import LocalLedger
from stackflight.model.event import Event
from stackflight.model.run import Run as LedgerRun


def test_a_sound_deployment_ends_well(run: Run) -> None:
    screen = run("rehearse", "--format", "json", "sound.yaml")
    found = json.loads(screen.stdout)

    assert screen.code == 0
    assert (found["schema"], found["target"]) == ("stackflight.rehearsal/1", "sound.yaml")
    assert found["outcome"] == "CREATE_COMPLETE"


def test_what_cannot_be_reached_fails_the_rehearsal_and_blocks(run: Run) -> None:
    screen = run("rehearse", "--format", "json", "unreachable.yaml")

    assert screen.code == 10
    assert json.loads(screen.stdout)["outcome"] == "ROLLBACK_COMPLETE"


def test_a_failure_that_was_asked_for_is_a_failure(run: Run) -> None:
    screen = run("rehearse", "--fail", "Files=no more buckets@3", "sound.yaml")

    assert screen.code == 1
    assert "no more buckets" in screen.stdout


def test_a_failure_of_nothing_names_what_is_near(run: Run) -> None:
    screen = run("rehearse", "--fail", "Fils", "sound.yaml")

    assert screen.code == 64
    assert screen.stderr.endswith("hint: did you mean Files?\n")


@pytest.mark.parametrize(
    ("budget", "code"), [("1s", 10), ("1h", 0), ("1h30m", 0), ("7200", 64), ("7200s", 0), ("soon", 64), ("", 64)]
)
def test_a_limit_is_held_or_not(budget: str, code: int, run: Run) -> None:
    """By its name, and by the one that it had before."""
    assert run("rehearse", "--max-duration", budget, "sound.yaml").code == code
    assert run("rehearse", "--budget", budget, "sound.yaml").code == code


@pytest.mark.parametrize(("flag", "value"), [("--runs", "0"), ("--runs", "-1"), ("--seed", "x")])
def test_numbers_are_whole_numbers(flag: str, value: str, run: Run) -> None:
    assert run("rehearse", f"{flag}={value}", "sound.yaml").code == 64


def test_the_same_seed_plays_the_same(run: Run) -> None:
    first, again, other = (
        json.loads(run("rehearse", "--format", "json", "--seed", seed, "sound.yaml").stdout) for seed in "778"
    )

    assert first == again
    assert first["seconds"] != other["seconds"]


def test_what_is_deployed_already_is_updated(run: Run, tmp_path: Path) -> None:
    changed = tmp_path / "sound.yaml"
    changed.write_text("Resources: {Files: {Type: AWS::S3::Bucket}, More: {Type: AWS::S3::Bucket}}")
    found = json.loads(run("rehearse", "--format", "json", "--current", "sound.yaml", str(changed)).stdout)

    assert found["outcome"] == "UPDATE_COMPLETE"


def test_what_an_update_alone_refuses_acts_in_its_rehearsal_and_lost_data_only_blocks(run: Run, tmp_path: Path) -> None:
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    table = """Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: orders, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}],
      KeySchema: [{AttributeName: id, KeyType: HASH}]}
"""

    def rehearse(old: str, new: str) -> tuple[int, str]:
        before.write_text(old)
        after.write_text(new)
        screen = run("rehearse", "--rules", "own", "--format", "json", "--current", str(before), str(after))
        return screen.code, json.loads(screen.stdout)["outcome"]

    assert rehearse(table, table.replace("Name: id,", "Name: key,")) == (10, "UPDATE_ROLLBACK_COMPLETE")
    assert rehearse(table + "  Queue: {Type: AWS::SQS::Queue}\n", table) == (10, "UPDATE_COMPLETE")


def test_taking_everything_down_is_rehearsed(run: Run) -> None:
    found = json.loads(run("rehearse", "--format", "json", "--delete", "sound.yaml").stdout)

    assert found["outcome"] == "DELETE_COMPLETE"


def test_the_page_is_written_where_it_was_asked_for(run: Run, tmp_path: Path) -> None:
    screen = run("rehearse", "--html", str(tmp_path / "page.html"), "sound.yaml")

    assert screen.code == 0
    assert screen.stderr == f"wrote {tmp_path}/page.html\n"
    assert "<html" in (tmp_path / "page.html").read_text()


def test_a_page_that_cannot_be_written_is_one_message(run: Run, tmp_path: Path) -> None:
    screen = run("rehearse", "--html", str(tmp_path / "nowhere" / "page.html"), "sound.yaml")

    assert (screen.code, screen.stdout) == (64, "")
    assert "cannot be written: no such file or directory" in screen.stderr


def test_stacks_of_an_assembly_follow_one_another_unless_more_are_allowed_and_the_headline_says_so(
    run: Run, tmp_path: Path
) -> None:
    """Audit, row 4: the default of `cdk deploy`, in rehearse and in review."""
    artifacts = {}
    for name in ("Network", "Data", "Web"):
        body = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": name}}}}
        (tmp_path / f"{name}.template.json").write_text(json.dumps(body), encoding="utf-8")
        properties = {"templateFile": f"{name}.template.json"}
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": properties,
        }
    manifest = {"version": "48.0.0", "artifacts": artifacts}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    asked = ("rehearse", "--no-standard-rules", "--runs", "5", str(tmp_path))

    alone, together = run(*asked), run(*asked, "--concurrency", "3")
    reviewed = run("review", "--no-standard-rules", "--concurrency", "2", str(tmp_path))
    spent = [json.loads(run(*asked, "--format", "json", *more).stdout) for more in ((), ("--concurrency", "3"))]

    assert "one stack after the other" in alone.stdout.splitlines()[0]
    assert "up to 3 stacks at a time" in together.stdout.splitlines()[0]
    assert "up to 2 stacks at a time" in " ".join(reviewed.stdout.split())
    assert [one["concurrency"] for one in spent] == [1, 3]
    assert spent[0]["seconds"]["shown"] > 2 * spent[1]["seconds"]["shown"]


def test_a_concurrency_below_one_is_wrong_usage(run: Run) -> None:
    for verb in ("rehearse", "review"):
        screen = run(verb, "--concurrency", "0", "sound.yaml")
        assert screen.code == 64
        assert "--concurrency 0 is no whole number from 1 on" in screen.stderr


def test_a_good_end_that_hangs_on_open_questions_says_so_and_keeps_cloudformations_word_in_json(
    run: Run, tmp_path: Path
) -> None:
    """Audit, row 6: no green CREATE_COMPLETE where nothing is known."""
    page = tmp_path / "page.html"
    reviewed = run("review", "--no-standard-rules", "--html", str(page), "open-inputs.yaml")
    paper = page.read_text(encoding="utf-8")
    rehearsed = run("rehearse", "--no-standard-rules", "--html", str(page), "open-inputs.yaml")
    loaded = json.loads(run("rehearse", "--no-standard-rules", "--format", "json", "open-inputs.yaml").stdout)
    questions = json.loads(run("check", "--no-standard-rules", "--format", "json", "open-inputs.yaml").stdout)[
        "unknowns"
    ]
    proviso = f"if {len(questions)} open question{'s are' if len(questions) > 1 else ' is'} answered yes"

    assert questions
    assert proviso in rehearsed.stdout.splitlines()[0]
    assert " ".join(questions[0]["question"].split()) in " ".join(rehearsed.stdout.split())
    assert f"CREATE_COMPLETE {proviso};" in " ".join(reviewed.stdout.split())
    for text in (paper, page.read_text(encoding="utf-8")):
        assert '<b class="quiet">CREATE_COMPLETE</b>' in text
        assert proviso in text
    assert loaded["outcome"] == "CREATE_COMPLETE"
    assert loaded["unknowns"] == questions


def test_a_good_end_without_open_questions_stands_without_a_proviso(run: Run) -> None:
    """Audit, row 6."""
    assert "answered yes" not in run("rehearse", "--no-standard-rules", "sound.yaml").stdout


def test_earlier_deployments_in_the_region_are_learnt_from(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path))
    template = tmp_path / "app.json"
    template.write_text('{"Resources": {"Nat": {"Type": "AWS::EC2::NatGateway"}}}')
    ledger = LocalLedger(tmp_path)
    for number, seconds in enumerate((400.0, 500.0, 600.0)):
        made = LedgerRun(f"r-{number}", "app", ("app",), "maria", "desk", "1", "eu-central-1", 1.0)
        ledger.save(made)
        events = [("CREATE_IN_PROGRESS", 10.0), ("CREATE_COMPLETE", 10.0 + seconds)]
        ledger.record(
            made.id, [Event(time, "app", "Nat", "AWS::EC2::NatGateway", said, id=said) for said, time in events]
        )
    ledger.close()
    there = run("rehearse", "--rules", "own", "--region", "eu-central-1", str(template))
    elsewhere = run("rehearse", "--rules", "own", "--region", "eu-west-1", str(template))

    assert "1 from your own deployments" in there.stdout
    assert "1 measured" in elsewhere.stdout

    (tmp_path / "ledger.sqlite").write_text("no database")
    broken = run("rehearse", "--rules", "own", "--region", "eu-central-1", str(template))
    assert "nothing is learnt from earlier deployments" in broken.stderr
    assert "1 measured" in broken.stdout
