"""`init` without an app: what lies in the working folder -> a first `stackflight.toml` for it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from stackflight.cli.files import require_free, write_settings
from stackflight.cli.folders import spread
from stackflight.cli.project import FILE
from stackflight.cli.talk import say
from stackflight.errors import UnreadableInput, WrongUsage

_MANY = 12


def write_project(force: bool) -> str:
    """Write the file of the working folder and return the next command. Raises WrongUsage where nothing here can be a target."""
    require_free(Path(FILE), force)
    targets = find_targets(Path.cwd())
    write_settings(Path(FILE), render(targets), force)
    say(f"wrote {FILE}")
    return "stackflight check"


def find_targets(folder: Path) -> list[str]:
    """What of a folder is judged: the assembly of a CDK app, else the templates below it. Raises WrongUsage."""
    if (folder / "cdk.json").is_file():
        return [_output_of(folder / "cdk.json")]
    if (folder / "cdk.out" / "manifest.json").is_file():
        return ["cdk.out"]
    try:
        found = [Path(name).relative_to(folder).as_posix() for name in spread([str(folder)])]
    except UnreadableInput:
        raise WrongUsage(
            f"nothing here can be a target of {FILE}: no cdk.json, no cdk.out and no template",
            hint="go to the folder of your project, or name an app: stackflight init librechat",
        ) from None
    return found if len(found) <= _MANY else sorted({re.sub(r"[^/]+$", "", name) or "." for name in found})


def _output_of(manifest: Path) -> str:
    """Where a CDK app is synthesised to."""
    try:
        output = json.loads(manifest.read_text(encoding="utf-8")).get("output")
    except (OSError, ValueError, AttributeError):
        output = None
    return output if isinstance(output, str) else "cdk.out"


def render(targets: Sequence[str]) -> str:
    """The file: what is judged, and what most projects add, as comments."""
    listed = ", ".join(json.dumps(target) for target in targets)
    return f"""\
# What all commands of stackflight have in common here; every key is explained in docs/reference/stackflight-toml.md.
targets = [{listed}]
# region = "eu-central-1"
# snapshot = "account.json"   # the network that exists already: stackflight explain account

# [parameters]
# Size = 3

# [[ignore]]
# check = "no-circuit-breaker"
# resource = "Service"
# because = "one task, watched by hand"
# until = 2027-03-31

# A stage is chosen with --stage production; check --all-stages judges each of them.
# [stage.production]
# account_id = "111122223333"
# parameters = {{ Size = 6 }}
"""
