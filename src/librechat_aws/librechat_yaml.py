"""A `Config` in, the text of librechat.yaml out: what LibreChat reads from a file and from nowhere else."""

from __future__ import annotations

import json
from typing import Any

from librechat_aws import config as c
from librechat_aws import versions


def librechat_yaml(config: c.Config, *, files_in_s3: bool) -> str:
    """JSON is YAML, and it needs no quoting rules; keys are those of the LibreChat configuration schema."""
    content: dict[str, Any] = {
        "version": versions.librechat_yaml_schema(),
        "cache": True,
        "fileStrategy": "s3" if files_in_s3 else "local",
        "fileConfig": {
            "endpoints": {"default": {"fileLimit": 20, "fileSizeLimit": 100, "totalSizeLimit": 500}},
            "serverFileSizeLimit": 500,
            "avatarSizeLimit": 5,
        },
    }
    if config.rag is None:
        # A list switches off what it does not name, so it is only written where something has to be off.
        offered = [name for name in versions.default_capabilities() if name != "file_search"]
        content["endpoints"] = {"agents": {"capabilities": offered}}
    return json.dumps(content, indent=2) + "\n"
