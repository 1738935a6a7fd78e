"""The verb init: what is asked, what is written, and what never happens to a file."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path

import pytest
from screen import Run, Screen

from stackflight.cli.apps import App
from stackflight.cli.questions import Question, read_questions
from stackflight.errors import AppFailed, WrongUsage

BY_ENTER = "\n" * 40


class Typed(io.StringIO):
    """A person at a terminal who types this."""

    def isatty(self) -> bool:
        return True


class Interrupted(Typed):
    """A person who presses ctrl-C."""

    def readline(self, size: int | None = -1) -> str:
        line = super().readline(-1 if size is None else size)
        if not line:
            raise KeyboardInterrupt
        return line


@pytest.fixture
def init(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`init("--yes")` in an empty folder; nobody sits at the terminal."""
    run("--version")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run_init(*arguments: str) -> Screen:
        return run("init", "librechat", *arguments)

    return run_init


def _read(file: str = "librechat.toml") -> dict[str, object]:
    return tomllib.loads(Path(file).read_text(encoding="utf-8"))


def _next(target: str) -> str:
    return "".join(f"stackflight {verb} {target}\n" for verb in ("doctor", "review", "deploy"))


def test_without_a_terminal_defaults_answer_and_that_is_said(init: Run) -> None:
    screen = init()

    assert (screen.code, screen.stdout) == (0, _next("librechat:./librechat.toml"))
    assert "there is no terminal to ask at, so these are defaults: mode=ecs, preset=standard-dev" in screen.stderr
    assert _read() == {"preset": "standard-dev"}


def test_programs_get_the_file_the_answers_and_the_next_command(init: Run) -> None:
    found = json.loads(init("--format", "json", "--answer", "region=eu-west-1").stdout)

    assert (found["schema"], found["file"]) == ("stackflight.init/1", "librechat.toml")
    assert found["answers"]["egress"] == "nat-gateway"
    assert found["next"] == "stackflight review librechat:./librechat.toml --region eu-west-1"
    assert found["commands"] == _next("librechat:./librechat.toml --region eu-west-1").splitlines()


def test_answers_given_beforehand_are_written_and_the_region_joins_the_next_command(init: Run) -> None:
    answers = {
        "mode": "ec2",
        "preset": "production-ec2",
        "region": "eu-west-1",
        "egress": "nat-instance",
        "search": "no",
    }
    screen = init("--out", "sub.toml", *(word for pair in answers.items() for word in ("--answer", "=".join(pair))))

    assert screen.stdout == _next("librechat:./sub.toml --region eu-west-1")
    assert _read("sub.toml") == {"preset": "production-ec2", "egress": "nat-instance", "search": False}


@pytest.mark.parametrize(
    ("answers", "message", "hint"),
    [
        (["egres=none"], "nothing asks for egres", "did you mean egress?"),
        (["egress=nat-gatway"], "egress cannot be nat-gatway here", "did you mean nat-gateway?"),
        (["domain=chat.example.com"], "domain is not asked for with entry=trial-http", "leave --answer domain=… out"),
        (["entry=https"], "domain needs an answer, and nobody can be asked", "give it with --answer domain="),
        (["tasks_max=many"], "tasks_max cannot be many", "a whole number from 1 to 100"),
        (["rag=perhaps"], "rag cannot be perhaps", "yes or no"),
        (["region=Frankfurt"], "region cannot be Frankfurt", "for example eu-central-1"),
        (["egress"], "--answer egress holds no KEY=VALUE", "write it as"),
        (
            ["mode=ecs", "preset=production-ecs", "tasks_max=1"],
            "tasks_max=1: tasks_min 2 is above tasks_max 1",
            "Nearest",
        ),
    ],
)
def test_a_wrong_answer_is_one_message_and_no_file(answers: list[str], message: str, hint: str, init: Run) -> None:
    screen = init(*(word for answer in answers for word in ("--answer", answer)))

    assert (screen.code, screen.stdout) == (64, "")
    assert f"error: {message}" in screen.stderr
    assert f"hint: {hint}" in screen.stderr
    assert list(Path().iterdir()) == []


def test_a_file_that_exists_is_kept_unless_force_is_given(init: Run) -> None:
    Path("librechat.toml").write_text("mine", encoding="utf-8")

    assert init().code == 64
    assert Path("librechat.toml").read_text(encoding="utf-8") == "mine"
    assert init("--force").code == 0
    assert _read() == {"preset": "standard-dev"}
    assert [file.name for file in Path().iterdir()] == ["librechat.toml"]


def test_a_settings_file_is_gone_on_with_and_what_nobody_asks_for_stays(init: Run) -> None:
    Path("chat.toml").write_text(
        'preset = "standard-dev"\nname = "chat"\nentry = "https"\ndomain = "chat.example.com"\n'
        'certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/abc"\nlog_days = 7\n'
        '[variables]\nAPP_TITLE = "Ours"\n',
        encoding="utf-8",
    )
    screen = init(
        "--like", "chat.toml", "--answer", "search=yes", "--answer", "entry=cloudfront", "--answer", "domain="
    )

    assert (screen.code, screen.stdout) == (0, _next("librechat:./chat.toml"))
    assert _read("chat.toml") == {
        "preset": "standard-dev",
        "name": "chat",
        "entry": "cloudfront",
        "search": True,
        "log_days": 7,
        "variables": {"APP_TITLE": "Ours"},
    }


def test_a_file_to_go_on_with_that_cannot_be_read_is_refused_before_anything_is_asked(init: Run) -> None:
    screen = init("--like", "chat.toml")

    assert (screen.code, screen.stdout) == (64, "")
    assert "chat.toml: No such file or directory" in screen.stderr


@pytest.mark.parametrize("name", ["nowhere/my.toml", "my.yaml"])
def test_a_file_that_cannot_be_a_settings_file_is_refused_before_anything_is_asked(name: str, init: Run) -> None:
    screen = init("--out", name)

    assert screen.code == 64
    assert "defaults" not in screen.stderr


def test_a_person_answers_by_number_by_name_and_by_enter(init: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.stdin", Typed("1\nproduction-ecs\neu-central-1\nchat\n\n2\nchat\nchat.example.com\n\n" + "\n")
    )
    screen = init()

    assert screen.code == 1
    assert "error: domain cannot be chat\nhint: for example chat.example.com" in screen.stderr
    assert "certificate_arn needs an answer" in screen.stderr
    assert "the answers end here, nothing was written" in screen.stderr
    assert list(Path().iterdir()) == []


def test_enter_takes_what_stands_in_brackets(init: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Typed(BY_ENTER))
    screen = init()

    assert screen.code == 0
    assert "egress [nat-gateway]: " in screen.stderr
    assert "= 30 USD a month less" in " ".join(screen.stderr.split())
    assert "minutes to deploy" in " ".join(screen.stderr.split())
    assert _read() == {"preset": "standard-dev"}


def test_what_the_app_refuses_is_asked_once_more_with_the_same_answers_as_defaults(
    init: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = "\nproduction-ecs\n\nchat\n\n\n\n\n\n\n\n\n1\n\n\n\n\n\n"
    again = "\n\n\n\n\n\n\n\n\n\n\n\n4\n\n\n\n\n\n"
    monkeypatch.setattr("sys.stdin", Typed(first + again))
    screen = init()

    assert "error: tasks_max=1: tasks_min 2 is above tasks_max 1" in screen.stderr
    assert screen.code == 0
    assert _read() == {"preset": "production-ecs", "name": "chat", "tasks_max": 4}


def test_an_interrupted_conversation_leaves_nothing(init: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Interrupted("\n\n"))
    screen = init()

    assert (screen.code, screen.stdout) == (1, "")
    assert screen.stderr.endswith("error: interrupted\n")
    assert list(Path().iterdir()) == []


def test_an_app_that_answers_with_something_else_is_refused() -> None:
    with pytest.raises(AppFailed, match="did not answer with a list of questions"):
        read_questions("sample", [{"strange": 1}])


def test_a_question_falls_back_to_the_first_choice_that_is_left() -> None:
    [question] = read_questions(
        "sample",
        [{"key": "egress", "question": "How?", "kind": "choice", "default": "nat", "choices": [
            {"value": "nat", "when": {"vpc": ["new"]}}, {"value": "own"},
        ]}],
    )  # fmt: skip

    assert question.usual({"vpc": "old"}) == "own"
    assert question.usual({"vpc": "new"}) == "nat"


def test_an_answer_that_has_to_be_there_cannot_be_empty() -> None:
    with pytest.raises(WrongUsage, match="name needs an answer"):
        Question("name", "How is it called?").accept(" ", {})


def test_the_words_of_a_refusal_do_not_speak_of_the_apps_own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise WrongUsage("--set tasks_max=0: too few", hint="take 1")

    app = App("sample", "sample")
    monkeypatch.setattr(App, "_run", refuse)
    with pytest.raises(WrongUsage) as caught:
        app.settings({"preset": "small", "tasks_max": "0"})
    assert caught.value.message == "tasks_max=0: too few"
