"""Names of keys in, the model providers that they open out; providers.json has the table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

_DATA: Final[dict[str, Any]] = json.loads(files("librechat_aws").joinpath("providers.json").read_text("utf-8"))


def custom_endpoints(keys: Iterable[str]) -> list[dict[str, Any]]:
    """Entries of `endpoints.custom` for the keys of providers that LibreChat does not know by itself."""
    return [
        {
            "name": provider["name"],
            "apiKey": f"${{{key}}}",
            "baseURL": provider["baseURL"],
            "models": {"default": provider["models"], "fetch": True},
            "titleConvo": True,
            "titleModel": "current_model",
        }
        for key in sorted(keys)
        if (provider := _DATA["custom"].get(key)) is not None
    ]


def endpoints_of(keys: Iterable[str], *, custom: bool) -> str:
    """LibreChat's variable ENDPOINTS: what is offered, Bedrock and agents first; `custom` where a file has some."""
    keys = frozenset(keys)
    names = ["agents", "bedrock", *(name for key, name in _DATA["built_in"].items() if key in keys)]
    return ",".join([*names, *(["custom"] if custom or custom_endpoints(keys) else [])])
