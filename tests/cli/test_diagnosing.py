"""`diagnose` as people see it: what they paste, what comes out, and what they are told where there is nothing to diagnose."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from screen import Run, Screen

from stackflight.cli.running import open_ledger
from stackflight.rehearse.failures import NO_RESPONSE, handler_text

PASTED = Path(__file__).parent.parent / "diagnose" / "pasted"
ACCOUNT = "123456789012"


class Pipe(io.TextIOWrapper):
    """What is piped in."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))


@pytest.fixture
def piped(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Screen]:
    """`piped(b"text", "diagnose", "-")`."""

    def run_with(content: bytes, *arguments: str) -> Screen:
        monkeypatch.setattr("sys.stdin", Pipe(content))
        return run(*arguments)

    return run_with


SCREENS = {
    "diagnose-help": (b"", "diagnose --help"),
    "diagnose-empty-pipe": (b"", "diagnose -"),
    "diagnose-blank-pipe": (b" \n\n", "diagnose -"),
    "diagnose-template": (b"", "diagnose sound.yaml"),
    "diagnose-folder": (b"", "diagnose ../templates"),
    "diagnose-missing-file": (b"", "diagnose nowhere.json"),
    "diagnose-no-events": (b'{"StackEvents": []}', "diagnose -"),
    "diagnose-binary": (bytes(range(256)) * 20, "diagnose -"),
    "diagnose-type": (b"x", "diagnose --type bucket -"),
    "diagnose-message": (
        b"User: arn:aws:sts::123456789012:assumed-role/ci/s is not authorized to perform: sqs:CreateQueue on resource: "
        b"arn:aws:sqs:eu-west-1:123456789012:jobs because no identity-based policy allows the sqs:CreateQueue action",
        "diagnose --type AWS::SQS::Queue -",
    ),
    "diagnose-cancelled-only": (
        b"2024-05-04 10:23:33 UTC+0200\tFnRole\tCREATE_FAILED\tResource creation cancelled\n", "diagnose -",
    ),
    "diagnose-nothing-known": (b"the weather is fine today\n", "diagnose -"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_a_screen_is_as_it_was(name: str, piped: Callable[..., Screen], golden: Callable[[str, str], None]) -> None:
    content, command = SCREENS[name]
    golden(f"diagnose/{name}.txt", str(piped(content, *command.split())))


@pytest.mark.parametrize("name", ["sam-columns", "cut-off"])
def test_every_form_of_an_answer_is_as_it_was(
    name: str, run: Run, golden: Callable[[str, str], None], tmp_path: Path
) -> None:
    file = str(PASTED / f"{name}.txt")
    for form in ("text", "json", "markdown"):
        screen = run("diagnose", file, "--format", form)
        golden(f"diagnose/{name}.{form}.txt", screen.stdout.replace(file, f"{name}.txt"))
    page = tmp_path / "page.html"
    run("diagnose", file, "--html", str(page))
    golden(f"diagnose/{name}.html", page.read_text(encoding="utf-8").replace(file, f"{name}.txt"))


def test_an_answer_fits_one_screen(run: Run) -> None:
    for file in sorted(PASTED.glob("*.txt")):
        assert run("diagnose", str(file)).stdout.count("\n") <= 40, file.name


def test_redacted_output_names_no_account_arn_or_request_in_any_form(run: Run, tmp_path: Path) -> None:
    page, case = tmp_path / "page.html", tmp_path / "case.json"
    texts = [
        run("diagnose", str(PASTED / "cut-off.txt"), "--redact", "--format", form).stdout
        for form in ("text", "json", "markdown")
    ]
    run("diagnose", str(PASTED / "cut-off.txt"), "--redact", "--html", str(page), "--report", str(case))
    for text in (*texts, page.read_text(encoding="utf-8"), case.read_text(encoding="utf-8")):
        assert ACCOUNT not in text
        assert "arn:aws:cloudformation" not in text
        assert "policy/Nope" not in text
        assert "Role" in text


def test_a_case_file_carries_events_and_the_verdict(run: Run, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    run("diagnose", str(PASTED / "cut-off.txt"), "--report", str(case))
    written = json.loads(case.read_text(encoding="utf-8"))
    assert written["schema"] == "stackflight.case/1"
    assert written["said"]["cause"] == "managed-policy-missing"
    assert [event["resource"] for event in written["events"]] == ["Role"]


def test_an_answer_is_a_success_whatever_it_says(piped: Callable[..., Screen]) -> None:
    for text in (
        b"the weather is fine",
        b"CREATE_FAILED AWS::S3::Bucket Data boom",
        b"No updates are to be performed.",
    ):
        assert piped(text, "diagnose", "-").code == 0


def test_text_of_windows_shells_is_read(piped: Callable[..., Screen]) -> None:
    text = "Policy arn:aws:iam::aws:policy/Nope does not exist or is not attachable."
    screen = piped(text.encode("utf-16"), "diagnose", "-", "--format", "json")
    assert json.loads(screen.stdout)["cause"] == "managed-policy-missing"


def test_a_run_of_the_ledger_is_diagnosed(deploying: Run) -> None:
    reason = "a bucket with the same name already exists"
    deploying("deploy", "sound.yaml", "--simulate", "--yes", "--fail", f"Files={reason}")
    run = open_ledger().runs()[0].id
    said = json.loads(deploying("diagnose", run, "--format", "json").stdout)
    assert (said["root"]["resource"], said["family"]) == ("Files", "name-taken")


CORPUS = Path(__file__).parent.parent / "corpus"
HUNG = handler_text("Exceeded attempts to wait", "NotStabilized")


def test_a_template_that_proves_why_it_hung_confirms_the_diagnosis_with_its_path(piped: Callable[..., Screen]) -> None:
    template = str(CORPUS / "service-unreachable" / "bad.yaml")
    text = f"10:01:11 AM | CREATE_FAILED | AWS::ECS::Service | Web | {HUNG}\n".encode()
    alone = json.loads(piped(text, "diagnose", "-", "--format", "json").stdout)
    proved = json.loads(piped(text, "diagnose", "-", "--template", template, "--format", "json").stdout)
    assert (alone["cause"], alone["confidence"]) == ("service-did-not-stabilise", "medium")
    assert (proved["cause"], proved["family"], proved["confidence"]) == ("service-unreachable", "network", "high")
    told = [one["text"] for one in proved["evidence"] if one["kind"] == "template"]
    assert "cannot reach Orders:8080" in told[0]
    assert "OrdersGroup" in told[1]
    assert "allow inbound tcp 8080" in proved["remedies"][0]
    assert [one["cause"] for one in proved["alternatives"]] == ["service-did-not-stabilise"]


def test_a_template_says_nothing_of_a_failure_that_it_does_not_prove(piped: Callable[..., Screen]) -> None:
    text = f"10:01:11 AM | CREATE_FAILED | AWS::ECS::Service | Web | {HUNG}\n".encode()
    fixed = str(CORPUS / "service-unreachable" / "fixed.yaml")
    said = json.loads(piped(text, "diagnose", "-", "--template", fixed, "--format", "json").stdout)
    assert (said["cause"], said["confidence"]) == ("service-did-not-stabilise", "medium")


PREDICTED = ("ord-ecs-service-before-listener", "broker-count", "az-alb-one-subnet")


@pytest.mark.parametrize("case", PREDICTED)
def test_a_run_in_which_a_finding_struck_is_diagnosed_as_that_finding(case: str, deploying: Run) -> None:
    template = str(CORPUS / case / "bad.yaml")
    found = json.loads(deploying("check", template, "--rules", "own", "--format", "json").stdout)
    blocking = sorted({one["check"] for one in found["findings"] if one["severity"] == "blocking"})
    allowed = [part for check in blocking for part in ("--override", f"{check}=to see it fail")]
    deploying("deploy", template, "--simulate", "--yes", "--rules", "own", *allowed)
    said = json.loads(deploying("diagnose", open_ledger().runs()[0].id, "--format", "json").stdout)
    assert said["cause"] in blocking
    assert (said["outcome"], said["confidence"]) == ("failed", "high")


INJECTED = {
    "custom-resource-silent": ("Custom", NO_RESPONSE),
    "signals-not-received": ("Group", "Failed to receive 1 resource signal(s) within the specified duration"),
    "service-did-not-stabilise": ("Service", HUNG),
    "circuit-breaker-triggered": ("Service", handler_text("Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.", "GeneralServiceException")),
    "wait-timed-out": ("Queue", HUNG),
    "service-failed": ("Queue", handler_text("Failure injected into the rehearsal", "GeneralServiceException")),
    "elastic-ip-quota": ("Queue", "The maximum number of addresses has been reached."),
}  # fmt: skip
STACK_OF_ALL = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Group: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {MinSize: "1", MaxSize: "2", AvailabilityZones: [a], LaunchConfigurationName: x}}
  Custom: {Type: Custom::Thing, Properties: {ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:f"}}
  Service: {Type: AWS::ECS::Service, Properties: {TaskDefinition: "t:1"}}
"""


@pytest.mark.parametrize("cause", INJECTED)
def test_a_recorded_run_with_an_injected_failure_is_diagnosed_as_what_was_injected(
    cause: str, deploying: Run, tmp_path: Path
) -> None:
    resource, text = INJECTED[cause]
    template = tmp_path / "all.yaml"
    template.write_text(STACK_OF_ALL, encoding="utf-8")
    deploying("deploy", str(template), "--simulate", "--yes", "--rules", "own", "--fail", f"{resource}={text}")
    said = json.loads(deploying("diagnose", open_ledger().runs()[0].id, "--format", "json").stdout)
    expected = {"service-failed": "code-fault"}.get(cause, cause)
    assert (said["root"]["resource"], said["cause"]) == (resource, expected)
