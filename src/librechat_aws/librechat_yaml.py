"""A `Config` in, the text of librechat.yaml out: what LibreChat reads from a file and from nowhere else.

A person's own file is laid over ours: mappings are merged key by key, everything else is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, assert_never

from librechat_aws import config as c
from librechat_aws import versions
from librechat_aws.providers import custom_endpoints


def librechat_yaml(config: c.Config, *, files_in_s3: bool) -> str:
    """JSON is YAML, and it needs no quoting rules; keys are those of the LibreChat configuration schema."""
    content: dict[str, Any] = {
        "version": versions.librechat_yaml_schema(),
        "cache": True,
        "fileStrategy": "s3" if files_in_s3 else "local",
        "fileConfig": _file_limits(config.compute),
    }
    endpoints: dict[str, Any] = {}
    if config.rag is None:
        # A list switches off what it does not name, so it is only written where something has to be off.
        offered = [name for name in versions.default_capabilities() if name != "file_search"]
        endpoints["agents"] = {"capabilities": offered}
    custom = custom_endpoints(name for name, _ in config.chat.secrets)
    if custom:
        endpoints["custom"] = custom
    if endpoints:
        content["endpoints"] = endpoints
    own: dict[str, Any] = json.loads(config.chat.own_yaml)
    return json.dumps(merged(content, own), indent=2) + "\n"


def merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Theirs over ours; lists of custom endpoints are joined, theirs first, where names differ."""
    result = dict(ours)
    for key, value in theirs.items():
        mine = ours.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            result[key] = merged(mine, value)
        elif key == "custom" and isinstance(mine, list) and isinstance(value, list):
            names = {each.get("name") for each in value if isinstance(each, Mapping)}
            result[key] = [*value, *(each for each in mine if each["name"] not in names)]
        else:
            result[key] = value
    return result


def _file_limits(compute: c.Compute) -> dict[str, Any]:
    """In MB. A web function has 512 MB of scratch for all requests that it serves at once."""
    match compute:
        case c.WebFunction():
            one, together = 50, 50
        case c.Ecs() | c.Ec2():
            one, together = 100, 500
        case _ as never:
            assert_never(never)
    return {
        "endpoints": {"default": {"fileLimit": 20, "fileSizeLimit": one, "totalSizeLimit": together}},
        "serverFileSizeLimit": together,
        "avatarSizeLimit": 5,
    }
