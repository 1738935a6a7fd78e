"""What a TARGET may be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run, StoppedClock

from stackflight.cli.apps import App
from stackflight.cli.inputs import Inputs
from stackflight.cli.judging import resolve
from stackflight.cli.targets import Targets
from stackflight.errors import AppFailed, WrongUsage
from stackflight.model.value import Address, Reference

BUCKET = {"Resources": {"Files": {"Type": "AWS::S3::Bucket"}}}


def _write_assembly(folder: Path) -> Path:
    folder.mkdir()
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/eu-central-1",
        "properties": {"templateFile": "Shop.template.json"},
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "50.0.0", "artifacts": {"Shop": stack}}))
    (folder / "Shop.template.json").write_text(json.dumps(BUCKET))
    return folder


def test_a_cloud_assembly_is_a_target(run: Run, tmp_path: Path) -> None:
    folder = _write_assembly(tmp_path / "cdk.out")
    found = json.loads(run("review", "--format", "json", str(folder)).stdout)

    assert found["stacks"] == [
        {
            "name": "Shop",
            "file": f"{folder}/Shop.template.json",
            "account": None,
            "region": "eu-central-1",
            "resources": 1,
        }
    ]


def test_a_file_goes_before_an_app_of_the_same_name(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "librechat:standard-dev").write_text(json.dumps(BUCKET))
    screen = run("--version")
    monkeypatch.chdir(tmp_path)

    assert screen.code == 0
    assert run("check", "librechat:standard-dev").code == 0


def test_a_nested_template_beside_the_working_folder_is_read_and_others_are_not(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    for folder in (work / "stacks", work / "network"):
        folder.mkdir(parents=True)
    for place in (work / "network", tmp_path):
        (place / "vpc.json").write_text(json.dumps(BUCKET))
    for name, url in {"near": "../network/vpc.json", "far": "../../vpc.json"}.items():
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
        (work / "stacks" / f"{name}.json").write_text(json.dumps({"Resources": {"Inner": nested}}))
    monkeypatch.chdir(work)

    def count_resources(target: str) -> int:
        return int(json.loads(run("check", "--format", "json", target).stdout)["stats"]["resources"])

    assert count_resources("stacks/near.json") == 2
    assert count_resources("stacks/far.json") == 1


@pytest.mark.parametrize("order", [("network", "web"), ("web", "network")])
def test_together_joins_exports_to_imports_in_any_order(order: tuple[str, str], run: Run, tmp_path: Path) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    group = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "web", "VpcId": {"Fn::ImportValue": "vpc"}},
    }
    output = {"Value": {"Ref": "Vpc"}, "Export": {"Name": "vpc"}}
    (tmp_path / "network.json").write_text(json.dumps({"Resources": {"Vpc": vpc}, "Outputs": {"Vpc": output}}))
    (tmp_path / "web.json").write_text(json.dumps({"Resources": {"Group": group}}))
    files = [str(tmp_path / f"{name}.json") for name in order]
    with Targets(lambda _: None, StoppedClock()) as opener:
        world = resolve([opener.open(file) for file in files], Inputs())

    assert [stack.name for stack in world.stacks] == ["network", "web"]
    assert world.resources[Address("web", "Group")].get("VpcId") == Reference(Address("network", "Vpc"))
    assert len(run("check", "--together", "--format", "json", *files).stdout.splitlines()) == 1


def test_two_stacks_of_one_name_cannot_be_one_world(run: Run) -> None:
    screen = run("check", "--together", "sound.yaml", "sound.yaml")

    assert screen.code == 64
    assert "two of the targets are a stack called sound" in screen.stderr


def test_a_missing_node_is_one_clear_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/nowhere/node")
    screen = run("check", "librechat:standard-dev")

    assert screen.code == 66
    assert "error: JSII_NODE names /nowhere/node, which is not a program\nhint: " in screen.stderr
    assert screen.stdout == ""


@pytest.fixture
def write_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(source: str) -> App:
        (tmp_path / "sample_app.py").write_text(source)
        return App("sample", "sample_app")

    return write


def test_the_words_of_an_app_are_passed_on(write_app: object, tmp_path: Path) -> None:
    source = "import sys\nsys.stderr.write('noise\\nerror: no such size\\nhint: take s or m\\n')\nsys.exit(64)"

    with pytest.raises(WrongUsage) as caught:
        write_app(source).synthesise("big", tmp_path / "out")  # type: ignore[operator]
    assert (caught.value.message, caught.value.hint) == ("no such size", "take s or m")


def test_the_traceback_of_an_app_becomes_its_last_line(write_app: object, tmp_path: Path) -> None:
    with pytest.raises(AppFailed) as caught:
        write_app("raise ValueError('boom')").synthesise("big", tmp_path / "out")  # type: ignore[operator]
    assert caught.value.message == "the app sample failed: ValueError: boom"


def test_an_app_that_lists_no_presets_is_refused(write_app: object) -> None:
    with pytest.raises(AppFailed, match="did not answer with a list of presets"):
        write_app("print('hello')").presets()  # type: ignore[operator]


def test_presets_are_listed_with_mode_and_summary(run: Run) -> None:
    found = json.loads(run("presets", "librechat", "--format", "json").stdout)

    assert found["schema"] == "stackflight.presets/1"
    assert {"name", "mode", "summary"} <= found["presets"][0].keys()
    assert "standard-dev" in run("presets", "librechat").stdout


def test_a_template_that_stands_alone_does_not_tell_the_name_of_its_stack(run: Run, tmp_path: Path) -> None:
    file = tmp_path / f"{'long-' * 20}name.yaml"
    text = "Resources: {Group: {Type: AWS::IAM::Group, Properties: {GroupName: !Sub '${AWS::StackName}-operators'}}}"
    file.write_text(text, encoding="utf-8")
    assert run("check", str(file), "--no-standard-rules").code == 0


def test_what_is_taken_for_a_nested_template_given_by_address_is_said(run: Run, tmp_path: Path) -> None:
    url = "https://bucket.s3.amazonaws.com/v1/network.yaml"
    parent = {"Resources": {"Part": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}}
    (tmp_path / "deployed.json").write_text(json.dumps(parent))
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "network.yaml").write_text(json.dumps(BUCKET))
    target, prefix = str(tmp_path / "deployed.json"), "https://*.amazonaws.com/v1"
    alone = run("rehearse", "--rules", "own", "--format", "json", target)
    led = run("rehearse", "--rules", "own", "--format", "json", target, "--nested", f"{prefix}={tmp_path}/parts")

    assert json.loads(alone.stdout)["seconds"]["lower_bound"] is True
    assert json.loads(led.stdout)["seconds"]["lower_bound"] is False
    assert led.stderr == (
        f"nested stack Part: its template is taken from {tmp_path}/parts/network.yaml, "
        f"because --nested {prefix} leads there\n"
    )


@pytest.mark.parametrize(("given", "code"), [("https://b", 64), ("=x", 64), ("https://b=/no/such/folder", 66)])
def test_a_folder_for_nested_templates_that_is_none_is_refused(run: Run, given: str, code: int) -> None:
    screen = run("check", "sound.yaml", "--nested", given)
    assert screen.code == code
    assert "hint: " in screen.stderr


def test_a_folder_that_holds_a_cdk_out_is_judged_by_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audit, row 24: `check .` in a project of the CDK."""
    (tmp_path / "cdk.out").mkdir()
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"}}
    (tmp_path / "cdk.out" / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Shop": stack}}))
    (tmp_path / "cdk.out" / "Shop.template.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    monkeypatch.chdir(tmp_path)
    screen = run("check", ".", "--rules", "own")
    assert (screen.code, screen.stdout) == (0, "./cdk.out: nothing found that would stop it (1 resource, 0 needs)\n")


@pytest.mark.parametrize(
    ("target", "code", "hint"),
    [
        ("s3://bucket/x.yaml", 64, "fetch it first: aws s3 cp s3://bucket/x.yaml"),
        ("https://example.com/x.yaml", 64, "fetch it first: curl -O https://example.com/x.yaml"),
        ("main.tf", 66, "this is Terraform's language; a target is a CloudFormation template or a cdk.out folder"),
        ("app.ts", 66, "this is the code of an app, to be synthesised first: npx cdk synth; a target is"),
    ],
)
def test_what_is_no_template_is_called_by_its_name(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, code: int, hint: str
) -> None:
    """Audit, row 25."""
    monkeypatch.chdir(tmp_path)
    for name in ("main.tf", "app.ts"):
        (tmp_path / name).write_text('resource "aws_sqs_queue" "q" {}\n')
    screen = run("check", target)
    assert (screen.code, screen.stdout) == (code, "")
    assert f"hint: {hint}" in screen.stderr


def test_a_parameter_of_a_file_that_no_template_declares_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audit, row 27: the file may be meant for further templates, so it is told, and nothing is refused."""
    monkeypatch.chdir(tmp_path)
    template = "Parameters: {Size: {Type: Number}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Size}}}\n"
    (tmp_path / "app.yaml").write_text(template)
    (tmp_path / "p.json").write_text('{"Sise": "3", "Size": "3"}')
    screen = run("check", "app.yaml", "--params", "p.json", "--rules", "own")
    assert (screen.code, screen.stderr) == (0, "p.json: no template declares Sise, did you mean Size?\n")


@pytest.mark.parametrize("verb", ["check", "rehearse"])
def test_versions_of_one_template_may_lie_in_files_of_two_names(run: Run, verb: str) -> None:
    """References of the two are the same, so nothing that only seems to be another resource is replaced."""
    case = str(Path(__file__).parent.parent / "corpus" / "sg-db-wrong-port")
    screen = run(verb, f"{case}/fixed.yaml", "--current", f"{case}/bad.yaml", "--rules", "own")
    assert screen.code == 0, screen
    assert "replaced" not in screen.stdout


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app `shop` that makes a function without a way out, and says which setting decides over its network."""
    network = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "g"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        "Clock": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13", "Handler": "index.main", "Role": {"Fn::GetAtt": "Role.Arn"},
                "Code": {"ZipFile": "import boto3\ndef main(e, c): boto3.client('ssm').get_parameter(Name='a')\n"},
                "VpcConfig": {"SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": [{"Ref": "Group"}]},
            },
        },
    }  # fmt: skip
    said = {"/Shop/Net": [{"type": "stackflight:setting", "data": "egress = 0 leads nowhere"}]}
    ids = {f"/Shop/Net/{id}": [{"type": "aws:cdk:logicalId", "data": id}] for id in network}

    def synthesise(_app: App, _preset: str, out: Path) -> None:
        _write_assembly(out)
        manifest = json.loads((out / "manifest.json").read_text())
        manifest["artifacts"]["Shop"]["metadata"] = said | ids
        (out / "manifest.json").write_text(json.dumps(manifest))
        (out / "cdk.out").write_text("{}")
        (out / "Shop.template.json").write_text(json.dumps({"Resources": network}))

    monkeypatch.setattr("stackflight.cli.targets.find_app", lambda name: App(name, "shop"))
    monkeypatch.setattr(App, "synthesise", synthesise)


@pytest.mark.usefixtures("app")
def test_what_an_app_synthesises_can_be_kept_and_is_then_named(run: Run, tmp_path: Path) -> None:
    """Audit, row 28: the place of a finding is a file that one can open."""
    kept = tmp_path / "new" / "cdk.out"
    assert "librechat:dev/Shop.template.json" in run("check", "--rules", "own", "librechat:dev").stdout
    for _ in range(2):
        screen = run("check", "--rules", "own", "--keep", str(kept), "librechat:dev")
        assert f"{kept}/Shop.template.json" in screen.stdout.replace("\n          ", "")
        assert (kept / "Shop.template.json").is_file()


@pytest.mark.usefixtures("app")
def test_nothing_but_an_earlier_assembly_is_replaced_by_what_is_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for name in (tmp_path, tmp_path / "mine.txt", tmp_path / "mine.txt" / "new"):
        screen = run("review", "--rules", "own", "--keep", str(name), "librechat:dev")
        assert (screen.code, screen.stdout) == (64, "")
        assert "hint: " in screen.stderr
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_it_is_said_where_nothing_was_synthesised_that_could_be_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}")
    screen = run("check", "--rules", "own", "--keep", str(tmp_path / "out"), str(tmp_path / "app.yaml"))
    assert (screen.code, "nothing is kept" in screen.stderr) == (0, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("app")
def test_a_finding_on_an_app_that_is_set_names_the_setting(run: Run) -> None:
    """Audit, row 9: who writes a settings file is not told how to edit the app's program."""
    assert "\n  setting egress = 0 leads nowhere\n" in run("check", "--rules", "own", "librechat:dev").stdout
    found = json.loads(run("check", "--rules", "own", "--format", "json", "librechat:dev").stdout)
    [finding] = [one for one in found["findings"] if one["check"] == "workload-cannot-reach-service"]
    assert (finding["remedy_in_settings"], finding["remedy_in_cdk"]) == ("egress = 0 leads nowhere", "")
