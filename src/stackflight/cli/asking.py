"""Questions -> answers: those given on the command line, those typed at a terminal, defaults for the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from stackflight.cli.arguments import near
from stackflight.cli.questions import Answers, Question
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say, say_error
from stackflight.errors import StackflightError, WrongUsage
from stackflight.views.paper import Paper

Ask = Callable[[Question, Answers, str], str]


def find_answers(questions: Sequence[Question], given: Answers, ask: Ask | None, earlier: Answers) -> dict[str, str]:
    """An answer to every question that is due, empty for none. `earlier` are answers to be used as defaults.

    Raises WrongUsage where a given answer does not fit, or where there is nobody to `ask` and no default.
    """
    answers: dict[str, str] = {}
    for question in questions:
        if not question.is_due(answers):
            continue
        usual = _usual(question, answers, earlier)
        if question.key in given:
            answers[question.key] = question.accept(given[question.key], answers)
        elif ask is not None:
            answers[question.key] = ask(question, answers, usual)
        elif usual or question.optional:
            answers[question.key] = usual
        else:
            hint = f"give it with --answer {question.key}={question.example or 'VALUE'}"
            raise WrongUsage(f"{question.key} needs an answer, and nobody can be asked", hint=hint)
    _require_used(questions, given, answers)
    return answers


def _usual(question: Question, answers: Answers, earlier: Answers) -> str:
    """The default, or what was answered before where that still fits."""
    if question.key in earlier:
        try:
            return question.accept(earlier[question.key], answers)
        except WrongUsage:
            pass
    return question.usual(answers)


def _require_used(questions: Sequence[Question], given: Answers, answers: Mapping[str, str]) -> None:
    for key in given:
        if key in answers:
            continue
        asked = [question for question in questions if question.key == key]
        if not asked:
            known = list(dict.fromkeys(question.key for question in questions))
            raise WrongUsage(f"nothing asks for {key}", hint=near(key, known, f"questions: {', '.join(known)}"))
        conditions = {name: answers.get(name, "none") for name in (*asked[0].when, *asked[0].given)}
        because = " and ".join(f"{name}={value or 'none'}" for name, value in conditions.items())
        raise WrongUsage(f"{key} is not asked for with {because}", hint=f"leave --answer {key}=… out")


def read_given(pairs: Sequence[str]) -> dict[str, str]:
    """`KEY=VALUE` as typed. Raises WrongUsage."""
    given: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise WrongUsage(f"--answer {pair} holds no KEY=VALUE", hint="write it as in --answer mode=ecs")
        given[key] = value
    return given


def ask_at_terminal(question: Question, answers: Answers, usual: str) -> str:
    """Ask until the answer fits; Enter takes the default. Raises StackflightError where the input ends."""
    offers = question.offers(answers)
    _show(question, answers, read_paper(sys.stderr))
    while True:
        typed = _read_line(question, usual) or usual
        if typed.isdecimal() and 0 < int(typed) <= len(offers) and question.kind == "choice":
            typed = _numbered(typed, [choice.value for choice in offers])
        try:
            return question.accept(typed, answers)
        except WrongUsage as error:
            say_error(error)


def _numbered(typed: str, values: Sequence[str]) -> str:
    """The choice of that number, unless the number is itself a choice."""
    return typed if typed in values else values[int(typed) - 1]


def _show(question: Question, answers: Answers, paper: Paper) -> None:
    """The question, and of each choice what speaks for it and what against, and what it costs where that is known."""
    offers = question.offers(answers)
    say("")
    for line in paper.wrap(question.question, 0):
        say(line, "title")
    if cost := question.cost(answers):
        label = "yes" if question.kind == "yes-no" else "with one" if question.optional else "price"
        for line in paper.labelled(f"  {label}:", cost, indent=len(label) + 4):
            say(line)
    width = max((len(choice.value) for choice in offers), default=0)
    for number, choice in enumerate(offers, start=1):
        label = f"  {number}  {choice.value.ljust(width)}"
        said = [f"+ {choice.gain}", f"- {choice.price}"] if choice.price else [choice.gain]
        said += [f"= {cost}"] if (cost := choice.cost(answers)) else []
        for text in said:
            for line in paper.labelled(label, text, indent=len(label) + 2):
                say(line)
            label = " " * len(label)


def _read_line(question: Question, usual: str) -> str:
    """What is typed after `key [default]:`."""
    shown = {"true": "yes", "false": "no"}.get(usual, usual) if question.kind == "yes-no" else usual
    note = f" [{shown}]" if shown else " [none]" if question.optional else ""
    example = f" (for example {question.example})" if question.example and not shown else ""
    say(question.key, "note", end=f"{example}{note}: ")
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        say("")
        raise
    if not line:
        say("")
        raise StackflightError(
            "the answers end here, nothing was written", hint="--yes takes the defaults for the rest"
        )
    return line.strip()
