"""`stackflight.toml`: what a project says once holds for every command, and what is wrong in it is said with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

from stackflight.cli.keys import KEYS, TEXT
from stackflight.cli.verbs import load_verbs

APP = """\
Parameters: {Size: {Type: Number}}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref Size}}
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.13
      Timeout: 60
      Role: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/fn
      Code: {ZipFile: "def handler(event, context): pass"}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Fn, EventSourceArn: !GetAtt Q.Arn}}
"""
PROJECT = """\
targets = ["app.yaml"]
rules = "own"

[stage.staging.parameters]
Size = 120

[stage.production]
account_id = "111122223333"
region = "eu-central-1"
parameters = { Size = 30 }
"""


@pytest.fixture
def project(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app and a stackflight.toml of two stages; commands are given in it."""
    (tmp_path / "app.yaml").write_text(APP, encoding="utf-8")
    (tmp_path / "stackflight.toml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run is not None
    return tmp_path


def _add(project: Path, text: str) -> None:
    with (project / "stackflight.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_stage_brings_its_targets_parameters_and_rules(run: Run, project: Path) -> None:
    assert project
    assert run("check", "--stage", "staging").code == 0
    blocked = run("check", "--stage", "production")
    assert blocked.code == 10
    assert "messages of Q come back after 30 s while Fn may take 60 s" in blocked.stdout


def test_the_command_line_goes_before_the_file(run: Run, project: Path) -> None:
    (project / "other.yaml").write_text(APP.replace("VisibilityTimeout: !Ref Size", "DelaySeconds: !Ref Size"), "utf-8")
    assert run("check", "--stage", "production", "--param", "Size=120").code == 0
    assert run("check", "--stage", "production", "other.yaml").stdout.startswith("note      ") is False
    assert "other.yaml" in run("check", "--stage", "production", "other.yaml").stdout
    assert run("check", "--isolated", "--stage", "production").code == 64
    isolated = run("check", "--isolated", "app.yaml", "--rules", "own", "--format", "json")
    assert json.loads(isolated.stdout)["unknowns"] or not json.loads(isolated.stdout)["findings"]


def test_all_stages_are_judged_and_where_they_differ_is_said(run: Run, project: Path) -> None:
    """Issue: passes in staging, blocked in production, because ..."""
    assert project
    screen = run("check", "--all-stages")
    assert screen.code == 10
    assert "staging · app.yaml: nothing found that would stop it" in screen.stdout
    assert "production · app.yaml: 1 blocking" in screen.stdout
    assert "stages: staging passes, production is blocked, because of what only some have:" in screen.stdout
    assert "blocking in production: messages of Q come back" in screen.stdout
    lines = [json.loads(line) for line in run("check", "--all-stages", "--format", "json").stdout.splitlines()]
    assert [line.get("stage") for line in lines] == ["staging", "production", None]
    assert lines[2]["schema"] == "stackflight.stages/1"
    assert lines[2]["stages"] == [{"stage": "staging", "blocked": False}, {"stage": "production", "blocked": True}]
    [difference] = lines[2]["differences"]
    assert difference["severities"] == {"production": "blocking"}


def test_stages_that_are_alike_are_called_alike(run: Run, project: Path) -> None:
    assert project
    screen = run("check", "--all-stages", "--param", "Size=120")
    assert screen.code == 0
    assert "stages: staging and production pass, and their findings are the same" in screen.stdout
    assert run("check", "--all-stages", "--stage", "staging").code == 64


@pytest.mark.parametrize("option", [("--fix",), ("--again", "app.yaml"), ("--jobs", "2")])
def test_what_goes_with_one_stage_is_refused_for_all(run: Run, project: Path, option: tuple[str, ...]) -> None:
    before = (project / "app.yaml").read_bytes()
    screen = run("check", "--all-stages", *option)
    assert (screen.code, screen.stdout) == (64, "")
    assert screen.stderr.startswith(f"error: --all-stages does not go with {option[0]}: ")
    assert screen.stderr.endswith("\nhint: name one stage with --stage\n")
    assert (project / "app.yaml").read_bytes() == before


def test_a_parameter_that_no_stage_declares_is_refused(run: Run, project: Path) -> None:
    assert project
    screen = run("check", "--all-stages", "--param", "Sise=120")
    assert (screen.code, screen.stdout) == (64, "")
    assert screen.stderr.startswith("error: no template declares the parameter Sise\nhint: ")


def test_a_parameter_that_the_targets_of_one_stage_declare_is_taken(run: Run, project: Path) -> None:
    (project / "plain.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n", encoding="utf-8")
    _add(project, '\n[stage.small]\ntargets = ["plain.yaml"]\n')
    screen = run("check", "--all-stages", "--param", "Size=120")
    assert (screen.code, "small · plain.yaml: nothing found" in screen.stdout) == (0, True)


def test_a_project_is_found_from_below_within_its_repository_only(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(project / "deep" / "er")
    assert run("check", "--stage", "staging").code == 64
    (project / ".git").mkdir()
    below = run("check", "--stage", "staging")
    assert (below.code, "../../app.yaml: nothing found" in below.stdout) == (0, True)


def test_pyproject_may_hold_it(run: Run, project: Path) -> None:
    text = (project / "stackflight.toml").read_text("utf-8")
    (project / "stackflight.toml").unlink()
    inner = text.replace("[stage.", "[tool.stackflight.stage.")
    (project / "pyproject.toml").write_text(f'[project]\nname = "shop"\n\n[tool.stackflight]\n{inner}', "utf-8")
    assert run("check", "--stage", "production").code == 10
    (project / "pyproject.toml").write_text('[tool.stackflight]\n\ntargts = ["app.yaml"]\n', "utf-8")
    wrong = run("check")
    assert wrong.code == 66
    assert wrong.stderr == "error: pyproject.toml:3: there is no key targts\nhint: did you mean targets?\n"


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('[stage.qa]\nregon = "x"\n', "stackflight.toml:12: there is no key regon\nhint: did you mean region?"),
        ("[stage.qa]\nregion = 3\n", "stackflight.toml:12: region is to be a text in quotes"),
        ('[stage.qa]\naccount_id = "1"\n', "stackflight.toml:12: account_id 1 is no account"),
        ("[stage.qa]\ntogether = 1\n", "stackflight.toml:12: together is to be true or false"),
        (
            "[stage.qa.parameters]\nSize = 1979-05-27\n",
            "stackflight.toml:11: the parameter Size is neither text nor number",
        ),
        ('[[ignore]]\ncheck = "x"\n', "stackflight.toml:11: an ignore needs resource, a text"),
        ('[[ignore]]\ncheck = "x"\nresorce = "y"\n', "stackflight.toml:11: an ignore has no key resorce"),
        ('[[ignore]]\ncheck = "x"\nresource = "y"\nbecause = "z"\nuntil = "soon"\n', "until is to be a date"),
        (
            "[limits]\nmax_munthly = 3\n",
            "stackflight.toml:12: there is no key limits.max_munthly\nhint: did you mean max_monthly?",
        ),
        ("[stage.pre-prod]\nmax = 3\n", "stackflight.toml:12: there is no key max"),
        ("stage = 3\n", "stackflight.toml:11: there is no key stage"),
        ("[stage]\nqa = 3\n", "stackflight.toml:"),
    ],
)
def test_what_is_wrong_in_it_is_said_with_its_line(run: Run, project: Path, added: str, said: str) -> None:
    _add(project, added)
    screen = run("check", "--stage", "staging")
    assert (screen.code, screen.stdout) == (66, "")
    assert said in screen.stderr
    assert "hint: " in screen.stderr


@pytest.mark.parametrize("key", ["max-duration", "max_duration"])
def test_limits_hold_in_every_verb_that_knows_them(run: Run, project: Path, key: str) -> None:
    _add(project, f'[stage.production.limits]\n{key} = "5s"\n')
    for verb in ("rehearse", "review"):
        screen = run(verb, "--stage", "production", "--param", "Size=120")
        assert (screen.code, "duration-above-limit" in screen.stdout) == (10, True), screen
    assert run("rehearse", "--stage", "staging").code == 0


def test_there_is_no_such_stage(run: Run, project: Path) -> None:
    assert project
    screen = run("rehearse", "--stage", "prodution")
    assert (screen.code, screen.stdout) == (64, "")
    assert screen.stderr == "error: stackflight.toml has no stage prodution\nhint: did you mean production?\n"


def test_an_ignore_covers_one_resource_until_its_date(run: Run, project: Path) -> None:
    """Ignores with reasons and an end date; the clock of these tests stands on 1 January 1970."""
    entry = '[[ignore]]\ncheck = "queue-visibility-too-short"\nresource = "{}"\nbecause = "tried"\nuntil = {}\n'
    whole = (project / "stackflight.toml").read_text("utf-8")
    for resource, until, code, words in [
        ("Q", "1970-01-01", 0, "1 ignored"),
        ("app/Q", "2027-01-01", 0, "1 ignored"),
        ("Fn", "2027-01-01", 10, "finds nothing at Fn"),
        ("Q", "1969-12-31", 10, "queue-visibility-too-short was ignored at Q until 1969-12-31, and counts again"),
    ]:
        (project / "stackflight.toml").write_text(whole + entry.format(resource, until), "utf-8")
        screen = run("check", "--stage", "production")
        assert screen.code == code, screen
        assert words in " ".join(screen.stdout.split()), screen
    (project / "stackflight.toml").write_text(whole + entry.format("Q", "2027-01-01"), "utf-8")
    assert run("check", "--stage", "production", "--no-ignores").code == 10


def test_a_baseline_of_a_stranger_counts_as_little_as_ignores(run: Run, project: Path) -> None:
    """A pull request may change the file: --no-ignores heeds neither, --isolated nothing of it."""
    (project / "known.json").write_text(run("check", "--stage", "production", "--format", "json").stdout, "utf-8")
    whole = (project / "stackflight.toml").read_text("utf-8")
    (project / "stackflight.toml").write_text('baseline = "known.json"\n' + whole, "utf-8")
    assert run("check", "--stage", "production").code == 0
    assert run("check", "--stage", "production", "--no-ignores").code == 10
    assert run("check", "--stage", "production", "--no-ignores", "--baseline", "known.json").code == 0
    assert run("check", "--isolated", "--rules", "own", "--param", "Size=30", "app.yaml").code == 10


def test_what_is_for_aws_alone_does_not_keep_one_from_simulating(
    deploying: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.yaml").write_text(APP, encoding="utf-8")
    (tmp_path / "stackflight.toml").write_text('lock_bucket = "locks"\nprofile = "shop"\n' + PROJECT, "utf-8")
    monkeypatch.chdir(tmp_path)
    screen = deploying("deploy", "--simulate", "--yes", "--stage", "staging")
    assert screen.code == 0, screen


def test_a_stack_of_another_account_is_refused(run: Run, project: Path) -> None:
    """A mismatch is refused; a template that does not say where it goes, goes to the stage's account."""
    out = project / "cdk.out"
    out.mkdir()
    (out / "Shop.template.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}', "utf-8")
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://999900001111/eu-central-1",
        "properties": {"templateFile": "Shop.template.json"},
    }
    (out / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Shop": artifact}}), "utf-8")
    screen = run("check", "--stage", "production", "cdk.out")
    assert (screen.code, screen.stdout) == (64, "")
    assert "Shop goes to account 999900001111, and stackflight.toml says 111122223333" in screen.stderr


def test_without_a_target_the_assembly_that_lies_here_is_judged(run: Run, project: Path) -> None:
    (project / "stackflight.toml").unlink()
    nothing = run("check")
    assert (nothing.code, nothing.stdout) == (64, "")
    assert "there is no stackflight.toml that names any, and there is no cdk.out here" in nothing.stderr
    (project / "cdk.json").write_text('{"app": "python3 app.py"}', "utf-8")
    assert "npx cdk synth" in run("check").stderr
    (project / "cdk.out").mkdir()
    (project / "cdk.out" / "manifest.json").write_text('{"version": "48.0.0", "artifacts": {}}', "utf-8")
    assert "cdk.out" in run("check").stderr + run("check").stdout


def test_init_writes_a_file_for_the_project_that_it_is_called_in(run: Run, project: Path) -> None:
    assert "exists already" in run("init").stderr
    (project / "stackflight.toml").unlink()
    screen = run("init")
    assert (screen.code, screen.stdout) == (0, "stackflight check\n")
    assert 'targets = ["app.yaml"]' in (project / "stackflight.toml").read_text("utf-8")
    assert run("check", "--param", "Size=120", "--rules", "own").code == 0
    (project / "cdk.json").write_text('{"output": "build/cdk"}', "utf-8")
    assert run("init", "--force").code == 0
    assert 'targets = ["build/cdk"]' in (project / "stackflight.toml").read_text("utf-8")


def test_init_in_an_empty_folder_says_where_to_go(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run is not None
    monkeypatch.chdir(tmp_path)
    screen = run("init")
    assert (screen.code, screen.stdout, list(tmp_path.iterdir())) == (64, "", [])
    assert "nothing here can be a target" in screen.stderr


def test_settings_choose_the_file_of_an_app(run: Run, project: Path) -> None:
    text = PROJECT.replace('"app.yaml"', '"librechat"').replace(
        "[stage.production]", '[stage.production]\nsettings = "no.toml"'
    )
    (project / "stackflight.toml").write_text(text, "utf-8")
    screen = run("check", "--stage", "production")
    assert (screen.code, screen.stderr.splitlines()[0]) == (66, "error: no.toml: there is no such file")


def test_every_key_is_of_a_type_and_an_option_of_a_key_exists() -> None:
    """A key without a reader would be taken and do nothing."""
    for key in KEYS:
        assert key.holds
        assert any(key.read_by(verb) for verb in load_verbs()), key.name
        assert not key.paths or key.holds in {TEXT, "list of texts"}


def test_the_ledger_of_a_project_lies_where_its_file_says(run: Run, project: Path) -> None:
    """Two projects of one machine learn nothing from each other, wherever in the folder the command is given."""
    (project / "stackflight.toml").write_text('ledger = "state"\n' + PROJECT, "utf-8")
    run("deploy", "--simulate", "--stage", "staging", "--yes", "--speed", "100000")
    told = json.loads(run("runs", "--format", "json").stdout.splitlines()[0])

    assert (project / "state" / "ledger.sqlite").is_file()
    assert run("runs", "--isolated", "--ledger", "state", "--format", "json").stdout.startswith("{")
    assert run("runs", "--isolated", "--ledger", "elsewhere", "--format", "json").stdout == ""
    assert told
