"""What is asked for a settings file, in the order of asking; `librechat_aws.questions` says what each word of the form means."""

from __future__ import annotations

from typing import Any, Final

from librechat_aws.presets import PRESETS

_EC2: Final = {"mode": ["ec2"]}
_ECS: Final = {"mode": ["ecs"]}
_WITH_MACHINES: Final = ["ecs", "ec2"]
_LAX: Final = {"preset": [name for name, preset in PRESETS.items() if preset.settings.get("compliance") != "strict"]}
_THREE_ZONES: Final = {"preset": [name for name, preset in PRESETS.items() if preset.settings.get("zones") == 3]}
_CERTIFICATE: Final = r"arn:aws[a-z-]*:acm:{region}:\d{{12}}:certificate/.+"


def all_questions() -> list[dict[str, Any]]:
    """Every question, without what `Settings` and the worked-out prices know of it."""
    return [*_where(), *_entrance(), *_network(), *_stores(), *_size(), *_features()]


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
