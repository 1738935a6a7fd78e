"""A `Request` in, the web function of serverless mode out; what cannot run beside or before one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from librechat_aws import config as c
from librechat_aws.request import Request

# key -> value that works, why another does not, and where it does
_NEEDED: Final[tuple[tuple[str, object, str, str], ...]] = (
    ("entry", "cloudfront", "a web function is reached through CloudFront", 'entry = "cloudfront"'),
    ("rag", False, "rag_api is a Python program, and a web function runs Node only", 'rag = false, or mode = "ecs"'),
    ("search", False, "Meilisearch needs a process that stays", 'search = false, or mode = "ecs"'),
    (
        "cache",
        "valkey",
        "the request that starts a chat and the one that reads it may meet in two environments",
        'cache = "valkey"',
    ),
)


def resolve_web_function(request: Request) -> c.WebFunction:
    """Raises SettingsError for a choice that does not go with a web function."""
    s = request.settings
    for key, value, reason, legal in _NEEDED:
        if getattr(s, key) != value:
            raise request.refuse((key, "mode"), f'mode = "serverless": {reason}', f"Nearest legal: {legal}")
    if s.ca_bundle is not None:
        raise request.refuse(
            ("ca_bundle",),
            "ca_bundle is part of the package in serverless mode",
            "Remove ca_bundle, and give it to the command that packs: --ca-bundle.",
        )
    return c.WebFunction(s.max_environments, s.concurrency, _package(request))


def _package(request: Request) -> Path | None:
    if request.settings.package is None:
        return None
    path = request.path(request.settings.package)
    if not path.is_file():
        raise request.refuse(
            ("package",),
            f"package {path}: there is no such file",
            "Make it: python -m librechat_aws package --help; or remove package: the function cannot start, but all else is made",
        )
    return path
