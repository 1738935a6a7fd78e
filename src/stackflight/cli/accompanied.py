"""Another tool's command line -> what it is about to deploy, so that it can be reviewed first."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from stackflight.errors import AppFailed

_FILES = ("--template-file", "--template-body", "--template", "-t")
_APP = ("--app", "-a")
_CARRIED = (*_APP, "--context", "-c", "--profile", "--region", "--ca-bundle-path", "--proxy")
"""Options of `cdk deploy` that `cdk synth` takes too and that change what is synthesised. Source: `cdk --help`."""


def find_target(command: Sequence[str], folder: str) -> str | None:
    """The template or assembly that a command deploys; a CDK app is synthesised into `folder`. None where it cannot be told.

    Raises AppFailed where the app cannot be synthesised.
    """
    at = next((number for number, word in enumerate(command) if Path(word).name in {"cdk", "cdk.js"}), None)
    if at is not None and "deploy" in command[at + 1 :]:
        return _assembly_of(command, at, folder)
    named = _values(command, _FILES)
    if named:
        return named[-1].removeprefix("file://")
    return None


def find_stacks(command: Sequence[str]) -> tuple[str, ...]:
    """The stacks that a command of the AWS CLI or of SAM names; none where its words do not tell."""
    return tuple(dict.fromkeys(_values(command, ("--stack-name",))))


def is_hotswap(command: Sequence[str]) -> bool:
    """Whether it goes past CloudFormation, which then makes no events and drifts. Source: `cdk deploy --help`, --hotswap."""
    return any(word.split("=")[0] in {"--hotswap", "--hotswap-fallback"} for word in command)


def _assembly_of(command: Sequence[str], at: int, folder: str) -> str:
    app = _values(command, _APP)
    if app and Path(app[-1], "manifest.json").is_file():
        return app[-1]
    carried = [word for name, value in _pairs(command[at + 1 :]) if name in _CARRIED for word in (name, value)]
    synth = [*command[: at + 1], "synth", "--quiet", "--output", folder, *carried]
    try:
        code = subprocess.run(synth, stdout=2, check=False).returncode
    except OSError as error:
        raise AppFailed(f"{command[0]} cannot be started: {error}", hint="check how it is called") from None
    if code != 0:
        raise AppFailed(
            f"the app could not be synthesised for the review: exit code {code}",
            hint="mend it, name what is deployed with --review TARGET, or leave the review out with --review none",
        )
    return folder


def _values(command: Sequence[str], names: Sequence[str]) -> list[str]:
    return [value for name, value in _pairs(command) if name in names]


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Options with their values, written `--name value` or `--name=value`."""
    found = []
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.startswith("-") and equals:
            found.append((name, value))
        elif word.startswith("-") and number + 1 < len(words):
            found.append((word, words[number + 1]))
    return found
