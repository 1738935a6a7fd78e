"""A run -> a zip that can be handed to somebody without access: everything that is kept of it, without secrets."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from typing import Any

from stackflight.errors import WrongUsage
from stackflight.model.event import Event
from stackflight.model.run import Note, Run
from stackflight.views.run_json import event_object, render_run

_PACKAGES = ("stackflight", "cloudformation-validate", "boto3", "aws-cdk-lib", "rich", "pyyaml")
_TOLD = ("AWS_", "CDK_", "STACKFLIGHT_", "GITHUB_", "CI")
_STAMP = (2020, 1, 1, 0, 0, 0)


def write_bundle(
    name: str, run: Run, events: Sequence[Event], notes: Sequence[Note], templates: Sequence[Note]
) -> None:
    """Write the zip. Raises WrongUsage where that is not possible. What the ledger gives is free of secrets already."""
    files = {
        "run.json": render_run(run, events, notes) + "\n",
        "events.json": _pretty({"StackEvents": [event_object(event) for event in events]}),
        "versions.json": _pretty(_versions()),
        "environment.json": _pretty({"set": sorted(key for key in os.environ if key.startswith(_TOLD))}),
    }
    for note in templates:
        for stack, body in note.body.items():
            files[f"templates/{stack.replace('/', '-')}.json"] = body if isinstance(body, str) else _pretty(body)
    try:
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in files.items():
                archive.writestr(zipfile.ZipInfo(path, _STAMP), text, zipfile.ZIP_DEFLATED)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise WrongUsage(
            f"--bundle {name} cannot be written: {reason}", hint="name a file in a folder that exists"
        ) from None


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "system": platform.system()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
