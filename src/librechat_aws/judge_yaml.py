"""A deployment with a person's librechat.yaml in, its mistakes by LibreChat's own schema out, with file and line."""

from __future__ import annotations

import json

from librechat_aws import versions
from librechat_aws.config import Config
from librechat_aws.errors import SettingsError
from librechat_aws.librechat_yaml import librechat_yaml
from librechat_aws.own_yaml import read_own_yaml
from librechat_aws.request import Request
from librechat_aws.yaml_schema import find_mistakes

_MOST = 5


def judge_yaml(request: Request, config: Config) -> str:
    """Raises SettingsError for what LibreChat would refuse at its start; returns what could not be judged, or nothing."""
    if request.settings.librechat_yaml is None:
        return ""
    own = read_own_yaml(request.path(request.settings.librechat_yaml))
    mistakes = find_mistakes(json.loads(librechat_yaml(config, files_in_s3=True)))
    if mistakes is None:
        return (
            f"{own.path} was not judged by LibreChat's schema ({versions.schema_package()}); "
            "python -m librechat_aws schema fetches it"
        )
    if mistakes:
        lines = [f"{own.place(each.at)}: {'.'.join(map(str, each.at)) or 'file'}: {each.message}" for each in mistakes]
        more = f" (and {len(lines) - _MOST} more)" if len(lines) > _MOST else ""
        raise SettingsError("\n       ".join(lines[:_MOST]) + more, "LibreChat would ignore the file, or not start.")
    return ""
