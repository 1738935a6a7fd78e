"""What an app wants to know for a settings file: its JSON in, questions out, and which answers fit them.

The form of the JSON is written down where an app makes it (`librechat_aws/questions.py`). All answers are text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from stackflight.cli.arguments import near
from stackflight.errors import AppFailed, WrongUsage
from stackflight.records import dataclass

Answers = Mapping[str, str]
Condition = Mapping[str, Sequence[str]]

_SPOKEN = {"yes": "true", "y": "true", "no": "false", "n": "false"}


@dataclass(frozen=True)
class Choice:
    """One of several answers: what speaks for it and what against, and the earlier answers that allow it.

    `costs` says money and time in words, by the earlier answer to `costs_by`; by "" where they depend on none.
    """

    value: str
    gain: str = ""
    price: str = ""
    when: Condition = field(default_factory=dict)
    costs_by: str = ""
    costs: Mapping[str, str] = field(default_factory=dict)

    def cost(self, answers: Answers) -> str:
        """What it costs after these answers, in words; empty where that is not known."""
        return self.costs.get(answers.get(self.costs_by, ""), "")


@dataclass(frozen=True)
class Question:
    """What to ask, when, and what may be answered. `kind` is "choice", "text", "number" or "yes-no".

    `option` is set where the answer is no setting but an option of the commands that come next.
    """

    key: str
    question: str
    kind: str = "text"
    choices: tuple[Choice, ...] = ()
    when: Condition = field(default_factory=dict)
    given: Sequence[str] = ()
    default: str = ""
    defaults_by: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    pattern: str = ""
    least: float | None = None
    most: float | None = None
    example: str = ""
    option: str = ""
    costs_by: str = ""
    costs: Mapping[str, str] = field(default_factory=dict)

    def cost(self, answers: Answers) -> str:
        """What yes, or an answer that might be left out, costs after these answers, in words; empty where that is not known."""
        return self.costs.get(answers.get(self.costs_by, ""), "")

    def is_due(self, answers: Answers) -> bool:
        """Whether it is asked after these answers."""
        return _holds(self.when, answers) and all(answers.get(key) for key in self.given)

    def offers(self, answers: Answers) -> tuple[Choice, ...]:
        """The choices that these answers leave."""
        return tuple(choice for choice in self.choices if _holds(choice.when, answers))

    def usual(self, answers: Answers) -> str:
        """The answer unless another is given; empty where there is none."""
        found = self.defaults.get(answers.get(self.defaults_by, ""), self.default)
        values = [choice.value for choice in self.offers(answers)]
        return values[0] if values and found not in values else found

    def accept(self, text: str, answers: Answers) -> str:
        """The answer as the app takes it. Raises WrongUsage where it does not fit."""
        text = text.strip()
        if not text:
            if self.optional:
                return ""
            raise WrongUsage(f"{self.key} needs an answer", hint=self._advice)
        match self.kind:
            case "choice":
                values = [choice.value for choice in self.offers(answers)]
                if text not in values:
                    hint = near(text, values, f"one of {', '.join(values)}")
                    raise WrongUsage(f"{self.key} cannot be {text} here", hint=hint)
            case "yes-no":
                text = _SPOKEN.get(text.lower(), text.lower())
                if text not in ("true", "false"):
                    raise WrongUsage(f"{self.key} cannot be {text}", hint="yes or no")
            case "number":
                self._require_number(text)
            case _:
                if self.pattern and not re.fullmatch(self.pattern, text):
                    raise WrongUsage(f"{self.key} cannot be {text}", hint=self._advice)
        return text

    @property
    def _advice(self) -> str:
        return f"for example {self.example}" if self.example else self.question

    def _require_number(self, text: str) -> None:
        least = -float("inf") if self.least is None else self.least
        most = float("inf") if self.most is None else self.most
        if not text.isdecimal() or not least <= int(text) <= most:
            raise WrongUsage(f"{self.key} cannot be {text}", hint=f"a whole number from {least:g} to {most:g}")


def _holds(when: Condition, answers: Answers) -> bool:
    return all(answers.get(key) in values for key, values in when.items())


def read_questions(app: str, data: Any) -> tuple[Question, ...]:
    """The questions of an app. Raises AppFailed where it did not answer with questions."""
    try:
        return tuple(
            Question(**{**entry, "choices": tuple(Choice(**choice) for choice in entry.get("choices", ()))})
            for entry in data
        )
    except (TypeError, AttributeError):
        raise AppFailed(f"the app {app} did not answer with a list of questions") from None
