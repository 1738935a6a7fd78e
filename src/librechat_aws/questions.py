"""What to ask somebody who wants a settings file: no input, questions as plain data out (`questions --json`).

The one who asks needs to know nothing about LibreChat: each question says when it is asked, what may be answered, what
speaks for and against an answer, and what the answer is unless another is given. All answers are text. The form:

    key        the setting that the answer is for; two questions may ask for one key, never both at once
    question   what to ask; `example` of an answer in words of one's own
    kind       "choice", "text", "number" or "yes-no"
    choices    `value`, its `gain` and its `price` in words, for kind "choice"; a choice may have a `when` of its own, and
               `costs`: money and time in words, by the answer to the question `costs_by` ("" where that is empty)
    pattern, least, most   what a text or number must look like
    costs      for kind "yes-no": the same of the answer yes, by `costs_by`; else of any answer, or why it has no price
    default    the answer unless another is given; `defaults`: by the answer to the question `defaults_by`
    optional   True where no answer is an answer
    when       asked only where an earlier answer is one of these: {"entry": ["https", "cloudfront"]}
    given      asked only where these earlier questions got an answer
    option     not a setting: an option of the commands that come next
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

from librechat_aws.presets import PRESETS
from librechat_aws.question_list import all_questions
from librechat_aws.request import Request
from librechat_aws.settings import Settings

_WITHOUT_PRICE: Final = {
    "mode": "each preset says its own",
    "durability": "nothing while it runs; what stays after a deletion goes on costing",
    "region": "prices differ by Region: `stackflight price` with the --region says by how much",
    "name": "nothing: it is a name",
    "hosted_zone_id": "nothing more: the zone is there and paid, and a certificate of ACM is free",
    "hosted_zone_name": "nothing: it is a name",
    "certificate_arn": "nothing: certificates of ACM are free for CloudFront and load balancers",
    "mongo_uri_secret_arn": "what your MongoDB costs where it runs, which nobody knows here",
}


def render_questions(request: Request | None = None) -> str:
    """The questions as a JSON list, in the order in which they are to be asked; with what a settings file says as defaults."""
    questions = [_with_costs(_settled(question)) for question in all_questions()]
    if request is not None:
        questions = [_as_written(question, request) for question in questions]
    return json.dumps(questions, indent=2)


def asked_keys() -> frozenset[str]:
    """The keys of a settings file that a question is about."""
    return frozenset(question["key"] for question in all_questions() if "option" not in question)


def _settled(question: dict[str, Any]) -> dict[str, Any]:
    """The question with what `Settings` knows about it: pattern, limits, the answer of every preset."""
    key = question["key"]
    if key not in Settings.model_fields or "default" in question:
        return question
    schema = Settings.model_json_schema()["properties"][key]
    schema = next((part for part in schema.get("anyOf", []) if part.get("type") != "null"), schema)
    bounds = {"pattern": schema.get("pattern"), "least": schema.get("minimum"), "most": schema.get("maximum")}
    found = {name: value for name, value in bounds.items() if value is not None and name not in question}
    usual = Settings.model_fields[key].default
    if usual is None:
        return {**question, **found}
    presets = {name: _text(preset.settings.get(key, usual)) for name, preset in PRESETS.items()}
    return {**question, **found, "defaults_by": "preset", "defaults": presets}


def _as_written(question: dict[str, Any], request: Request) -> dict[str, Any]:
    """The question with the answer that a settings file has."""
    key, settings = question["key"], request.settings
    written = {"mode": settings.mode, "preset": request.preset}
    if key in request.explicit and key not in written:
        written[key] = _text(getattr(settings, key))
    if key == "preset":
        # In a mode that is not its own, the preset of the file is still a choice.
        choices = [
            {**choice, "when": {"mode": sorted({*choice["when"]["mode"], settings.mode})}}
            if choice["value"] == request.preset
            else choice
            for choice in question["choices"]
        ]
        question = {**question, "choices": choices}
    return {**question, "default": written[key], "defaults": {}} if key in written else question


def _with_costs(question: dict[str, Any]) -> dict[str, Any]:
    """The question with what each choice changes in dollars a month and in minutes, where that was worked out."""
    known = json.loads(files("librechat_aws").joinpath("answers.json").read_text("utf-8"))
    if question["key"] == "preset":
        for choice in question["choices"]:
            dollars, minutes = known["presets"][choice["value"]]
            choice["costs"] = {"": f"about {dollars} USD a month, {minutes} minutes to deploy"}
        return question
    if "costs" in question:
        return question
    if question["key"] in _WITHOUT_PRICE:
        return {**question, "costs": {"": _WITHOUT_PRICE[question["key"]]}}
    if sizes := _sizes(question["key"], known["sizes"]):
        return {**question, "costs_by": "preset", "costs": sizes}
    found = {preset: row[question["key"]] for preset, row in known["changes"].items() if question["key"] in row}
    if question["kind"] == "choice":
        for choice in question["choices"]:
            costs = {
                preset: _costs(*row[choice["value"]])
                for preset, row in found.items()
                if any(row.get(choice["value"], ()))
            }
            if costs:
                choice.update(costs_by="preset", costs=costs)
    elif found and (question["kind"] == "yes-no" or question.get("optional")):
        costs = {preset: _costs(*_yes(row)) or "no difference" for preset, row in found.items() if "true" in row}
        question = {**question, "costs_by": "preset", "costs": costs}
    return question


def _sizes(key: str, known: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What sizes that one may choose freely cost, by preset: those that were worked out, the preset's own left out."""
    found: dict[str, str] = {}
    for preset, sizes in known.items():
        if key == "tasks_max" and "task" in sizes:
            found[preset] = f"a task more that is up all month: {sizes['task']} USD; one that is not up costs nothing"
        elif key == "instance_type" and key in sizes:
            found[preset] = "; ".join(
                f"{size}: {_costs(dollars, 0)}" for size, dollars in sizes[key].items() if dollars
            )
    return found


def _yes(row: dict[str, list[int]]) -> tuple[int, int]:
    """What yes changes against no, whichever of them the preset has."""
    dollars, minutes = row.get("false", (0, 0))
    return row["true"][0] - dollars, row["true"][1] - minutes


def _costs(dollars: int, minutes: int) -> str:
    """A difference to the preset as it is, in words; a minute is within the noise of an estimate."""
    money = f"{abs(dollars)} USD a month {'more' if dollars > 0 else 'less'}" if dollars else ""
    time = f"{abs(minutes)} minutes {'longer' if minutes > 0 else 'sooner'}" if abs(minutes) > 1 else ""
    return ", ".join(part for part in (money, time) if part)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
