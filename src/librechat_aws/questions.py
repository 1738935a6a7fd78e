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
from librechat_aws.request import Request
from librechat_aws.settings import Settings

_EC2: Final = {"mode": ["ec2"]}
_ECS: Final = {"mode": ["ecs"]}
_WITH_MACHINES: Final = ["ecs", "ec2"]
_LAX: Final = {"preset": [name for name, preset in PRESETS.items() if preset.settings.get("compliance") != "strict"]}
_THREE_ZONES: Final = {"preset": [name for name, preset in PRESETS.items() if preset.settings.get("zones") == 3]}
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
_CERTIFICATE: Final = r"arn:aws[a-z-]*:acm:{region}:\d{{12}}:certificate/.+"


def render_questions(request: Request | None = None) -> str:
    """The questions as a JSON list, in the order in which they are to be asked; with what a settings file says as defaults."""
    questions = [_with_costs(_settled(question)) for question in _questions()]
    if request is not None:
        questions = [_as_written(question, request) for question in questions]
    return json.dumps(questions, indent=2)


def asked_keys() -> frozenset[str]:
    """The keys of a settings file that a question is about."""
    return frozenset(question["key"] for question in _questions() if "option" not in question)


def _questions() -> list[dict[str, Any]]:
    return [*_where(), *_entrance(), *_network(), *_stores(), *_size(), *_features()]


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


def _choice(value: str, gain: str, price: str, **when: list[str]) -> dict[str, Any]:
    return {"value": value, "gain": gain, "price": price, **({"when": when} if when else {})}


def _where() -> list[dict[str, Any]]:
    return [
        {
            "key": "mode", "kind": "choice", "question": "Where shall LibreChat run?", "default": "ecs",
            "choices": [
                _choice("ecs", "containers on Fargate: no machine to care for, grows with load, heals itself",
                        "costs more than one machine"),
                _choice("ec2", "one machine: the cheapest, easy to look into",
                        "while it restarts or is replaced, nobody can chat"),
                _choice("serverless", "a web function that sleeps when nobody asks: only the stores cost day and night",
                        "new at AWS and not in every Region; no retrieval, no search, no shell"),
            ],
        },
        {
            "key": "preset", "kind": "choice", "question": "What is it for?",
            "defaults_by": "mode", "defaults": {"ecs": "standard-dev", "ec2": "minimal-dev", "serverless": "serverless-dev"},
            "choices": [
                _choice(preset.name, preset.summary, "", mode=[preset.mode]) for preset in PRESETS.values()
            ],
        },
        {
            "key": "region", "kind": "text", "question": "In which Region? The templates fit any; checks are sharper for one.",
            "option": "--region", "optional": True, "pattern": r"[a-z]{2}(-[a-z]+)+-\d", "example": "eu-central-1",
        },
        {"key": "name", "kind": "text", "question": "How shall the stacks be called?"},
        {
            "key": "durability", "kind": "choice", "question": "What happens to the data when the stacks are deleted?",
            "choices": [
                _choice("disposable", "everything is deleted, nothing is left that costs money",
                        "a wrong command deletes every conversation", **_LAX),
                _choice("protected", "databases are protected and stay", "you remove them yourself in the end"),
            ],
        },
    ]  # fmt: skip


def _entrance() -> list[dict[str, Any]]:
    https = {"entry": ["https"]}
    no_zone = {"hosted_zone_id": [""]}
    front = {"entry": ["cloudfront"]}
    domain = {"key": "domain", "kind": "text", "example": "chat.example.com"}
    certificate = {"key": "certificate_arn", "kind": "text", "given": ["domain"],
                   "example": "arn:aws:acm:us-east-1:123456789012:certificate/abc"}  # fmt: skip
    return [
        {
            "key": "entry", "kind": "choice", "question": "How do people reach it?",
            "choices": [
                _choice("cloudfront", "HTTPS with CloudFront's own name and certificate, or with yours",
                        "the first deployment takes some minutes longer"),
                _choice("https", "HTTPS at a public load balancer, in one Region",
                        "you need a domain and its certificate", mode=_WITH_MACHINES),
                _choice("trial-http", "works at once, without domain and certificate",
                        "no encryption: passwords travel in the clear; for a trial only", mode=_WITH_MACHINES, **_LAX),
            ],
        },
        {**domain, "question": "Under which host name?", "when": https, "costs": {"": "nothing more: the way in is paid with `entry`"}},
        {**domain, "question": "Under a host name of your own? CloudFront brings one otherwise.", "when": front,
         "optional": True},
        {"key": "hosted_zone_id", "kind": "text",
         "question": "In which Route 53 zone does it lie? Record and certificate are made in it.",
         "given": ["domain"], "optional": True, "example": "Z0123456789ABCDEFGHIJ"},
        {"key": "hosted_zone_name", "kind": "text", "question": "What is that zone called?",
         "given": ["hosted_zone_id"], "example": "example.com"},
        {**certificate, "question": "Which ACM certificate, one of the stacks' Region?", "when": https | no_zone,
         "pattern": _CERTIFICATE.format(region="[a-z0-9-]+")},
        {**certificate, "question": "Which ACM certificate? For CloudFront one of us-east-1.", "when": front | no_zone,
         "pattern": _CERTIFICATE.format(region="us-east-1")},
    ]  # fmt: skip


def _network() -> list[dict[str, Any]]:
    return [
        {
            "key": "egress", "kind": "choice", "question": "How do workloads reach the internet and AWS?",
            "choices": [
                _choice("nat-gateway", "AWS keeps it running, everything can be reached", "a fixed price per gateway and hour"),
                _choice("nat-instance", "a small machine instead: a fraction of the price",
                        "while it restarts, nothing gets out"),
                _choice("endpoints", "no way to the internet at all",
                        "an endpoint per service has its price, and you copy the images to private ECR first"),
            ],
        },
        {
            "key": "nat_gateways", "kind": "choice", "question": "How many NAT gateways?", "when": {"egress": ["nat-gateway"]},
            "choices": [
                _choice("1", "the least that works", "if its zone fails, nothing gets out"),
                _choice("2", "one zone may fail", "twice the price"),
                _choice("3", "one in every zone", "three times the price", **_THREE_ZONES),
            ],
        },
    ]  # fmt: skip


def _stores() -> list[dict[str, Any]]:
    return [
        {
            "key": "documents", "kind": "choice", "question": "Where are conversations kept?",
            "choices": [
                _choice("documentdb", "DocumentDB: backed up and patched by AWS", "the instances cost day and night"),
                _choice("documentdb-serverless", "DocumentDB that grows and shrinks with use", "more per hour under load"),
                _choice("mongodb", "MongoDB on the machine itself: no further price",
                        "backups are snapshots of its volume", **_EC2),
                _choice("external", "a MongoDB that you have already, for example Atlas",
                        "you keep it running and reachable", egress=["nat-gateway", "nat-instance"]),
            ],
        },
        {"key": "mongo_uri_secret_arn", "kind": "text", "when": {"documents": ["external"]},
         "question": "Which secret holds its MONGO_URI under the key `uri`?",
         "example": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mongo-AbCdEf"},
        {"key": "rag", "kind": "yes-no", "when": {"mode": _WITH_MACHINES}, "question": "Shall people chat with files that they upload? It needs PostgreSQL."},
        {
            "key": "postgres", "kind": "choice", "question": "Which PostgreSQL holds the files' vectors?", "when": {"rag": ["true"]},
            "choices": [
                _choice("rds", "RDS: one instance of a fixed size", "growing it means a restart"),
                _choice("aurora-serverless", "Aurora: grows with use, readers in other zones",
                        "never pauses, because rag_api holds connections"),
                _choice("container", "on the machine itself: no further price",
                        "backups are snapshots of its volume", **_EC2),
            ],
        },
    ]  # fmt: skip


def _size() -> list[dict[str, Any]]:
    return [
        {"key": "instance_type", "kind": "text", "when": _EC2, "question": "Which Graviton instance type?",
         "example": "t4g.large", "pattern": r"([a-z]+\d+g[a-z]*|t4g|a1)\.[a-z0-9]+"},
        {"key": "tasks_max", "kind": "number", "when": _ECS,
         "question": "Up to how many LibreChat tasks? More than one share the cache."},
    ]  # fmt: skip


def _features() -> list[dict[str, Any]]:
    outward = ["nat-gateway", "nat-instance"]
    pool = {
        "key": "cognito",
        "kind": "yes-no",
        "question": "Shall people log in with a Cognito user pool, which is made?",
    }
    return [
        {**pool, "when": {"mode": _WITH_MACHINES, "entry": ["https", "cloudfront"], "egress": outward}},
        {**pool, "when": {"mode": ["serverless"], "egress": outward}, "given": ["domain"]},
        {"key": "admin_domain", "kind": "text", "optional": True, "given": ["domain"], "example": "admin.example.com",
         "when": {"mode": ["ecs"], "entry": ["https", "cloudfront"]},
         "question": "Under which host name shall LibreChat's admin panel run? It is another small service."},
        {"key": "mail_from", "kind": "text", "optional": True, "when": {"egress": outward}, "example": "chat@example.com",
         "question": "From which address does it send mail, for forgotten passwords? Amazon SES is set up for it."},
        {"key": "search", "kind": "yes-no", "when": {"mode": _WITH_MACHINES}, "question": "Full-text search over conversations (Meilisearch)?"},
        {"key": "registration", "kind": "yes-no", "question": "May strangers register an account?",
         "when": {"entry": ["https", "cloudfront"]}},
        {"key": "alarm_email", "kind": "text", "optional": True, "question": "Who gets a mail when an alarm goes off?",
         "example": "team@example.com"},
    ]  # fmt: skip
