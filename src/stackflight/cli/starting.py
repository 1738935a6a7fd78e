"""The verb `init`: questions of an app, a settings file out."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from stackflight.cli.apps import App, find_app
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.asking import Ask, ask_at_terminal, find_answers, read_given
from stackflight.cli.files import require_free, write_settings
from stackflight.cli.judging import FORMAT
from stackflight.cli.project import FILE
from stackflight.cli.questions import Answers, Question, read_questions
from stackflight.cli.screen import write_result
from stackflight.cli.talk import say, say_error
from stackflight.errors import WrongUsage
from stackflight.ports import Clock

_NEXT = ("doctor", "review", "deploy")


def _init(asked: Namespace, clock: Clock) -> int:  # noqa: ARG001 -- every verb is called alike
    """Ask what the app wants to know, let it write the settings, and say what comes next; without an app, see the project."""
    if not asked.app:
        return _init_project(asked)
    app = find_app(asked.app)
    like: str | None = asked.like
    name = asked.out or like or f"{app.name}.toml"
    for option, file in (("--out", name), ("--like", like or name)):
        if not file.endswith(".toml"):
            raise WrongUsage(f"{option} {file} does not end in .toml", hint=f"name it {file}.toml")
    # What is read may be written: its answers are the defaults, and what nobody asks for is kept.
    force = asked.force or (like is not None and Path(name) == Path(like))
    require_free(Path(name), force)
    questions = read_questions(app.name, app.questions(like))
    given = read_given(asked.answer)
    ask = ask_at_terminal if sys.stdin.isatty() and not asked.yes else None
    answers, text = _settle(app, questions, given, ask, like)
    if ask is None:
        _tell_defaults(answers, given, "--yes is given" if asked.yes else "there is no terminal to ask at")
    write_settings(Path(name), text, force)
    say(f"wrote {name}")
    say("what comes next: whether this machine can, what it will be, and the deployment itself")
    commands = _next_commands(app.name, name, questions, answers)
    given = {key: value for key, value in answers.items() if value}
    write_result(_render(asked.format, app.name, name, given, commands))
    return 0


def _render(format: str, app: str, file: str, answers: Answers, commands: Sequence[str]) -> str:
    if format != "json":
        return "\n".join(commands)
    from stackflight.views import json

    return json.render_start(app, file, answers, commands)


def _init_project(asked: Namespace) -> int:
    from stackflight.cli.beginning import write_project

    if asked.out or asked.answer or asked.like:
        raise WrongUsage(
            "--out, --like and --answer are for an app's settings", hint="name the app: stackflight init librechat"
        )
    write_result(_render(asked.format, "", FILE, {}, [write_project(asked.force)]))
    return 0


def _settle(
    app: App, questions: Sequence[Question], given: Answers, ask: Ask | None, like: str | None
) -> tuple[dict[str, str], str]:
    """Answers that the app takes, and its settings file. Where it refuses them, they are asked for once more."""
    earlier: dict[str, str] = {}
    options = {question.key for question in questions if question.option}
    while True:
        answers = find_answers(questions, given, ask, earlier)
        settings = {key: value for key, value in answers.items() if value and key not in options}
        try:
            return answers, app.settings(settings, like)
        except WrongUsage as error:
            if ask is None or set(answers) <= set(given):
                raise
            say_error(error)
            say("Once more, with your answers as defaults.")
            earlier = answers


def _tell_defaults(answers: Answers, given: Answers, why: str) -> None:
    left = [f"{key}={value}" for key, value in answers.items() if key not in given and value]
    if left:
        say(f"{why}, so these are defaults: {', '.join(left)}")


def _next_commands(app: str, name: str, questions: Sequence[Question], answers: Answers) -> list[str]:
    target = f"{app}:{name}" if Path(name).is_absolute() else f"{app}:./{name.removeprefix('./')}"
    asked = [question for question in questions if question.option and answers.get(question.key)]
    options = [word for question in asked for word in (question.option, answers[question.key])]
    return [shlex.join(["stackflight", verb, target, *options]) for verb in _NEXT]


INIT = Verb(
    "init",
    "Ask what an app has to know and write its settings file, or a stackflight.toml for a project of one's own.",
    "Each answer comes with what speaks for and against it, and with what it costs and how long it takes where that is known. Without a terminal nothing is asked: defaults answer what "
    "--answer does not. The next commands are printed: doctor, review, deploy.",
    Option(
        "app",
        "The name of an app, for example librechat. Without one a stackflight.toml is written for the project "
        "in this folder.",
        "APP",
        optional=True,
    ),
    (
        Option("--out", "The settings file; APP.toml unless given.", "FILE"),
        Option(
            "--like",
            "A settings file to start from, and to write over unless --out names another: what it says are the "
            "defaults, what nothing asks for stays.",
            "FILE",
        ),
        Option("--answer", "Answer a question beforehand.", "KEY=VALUE", many=True),
        Option("--yes", "Ask nothing: defaults answer the rest."),
        Option("--force", "Overwrite the file if it exists."),
        FORMAT,
    ),
    _init,
)
