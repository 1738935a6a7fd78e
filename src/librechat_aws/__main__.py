"""Command line of the app: arguments in, JSON or a cloud assembly out; the only place that catches errors.

    python -m librechat_aws presets [--json]
    python -m librechat_aws questions [--like TOML]                               what to ask for a settings file
    python -m librechat_aws settings PRESET [--set key=value ...]                 a settings file, on stdout
    python -m librechat_aws synth PRESET_OR_TOML --out DIR [--set key=value ...]
    python -m librechat_aws compose PRESET_OR_TOML --out DIR [--region REGION]    a local trial without AWS
    python -m librechat_aws images PRESET_OR_TOML                                 commands that copy images to ECR
    python -m librechat_aws schema                                                LibreChat's schema, from npm
    python -m librechat_aws package APP --out FILE [--modules DIR]                the package of serverless mode
    python -m librechat_aws smoke URL                                             look at a running deployment from outside
    python -m librechat_aws reference                                             the page about settings
    python -m librechat_aws cdk                                                   called by the CDK's own CLI

Exit codes: 0 done, 1 failed (e.g. Node or the CDK is missing), 64 wrong usage, preset or setting.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from librechat_aws.config import Config
from librechat_aws.errors import LibreChatError, SettingsError
from librechat_aws.presets import PRESETS

if TYPE_CHECKING:
    from librechat_aws.request import Request


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(message, f"See: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        parsed = _parser().parse_args(arguments)
        code: int = parsed.run(parsed)
        return code
    except LibreChatError as error:
        sys.stderr.write(f"error: {error}\n")
        if error.hint:
            sys.stderr.write(f"hint: {error.hint}\n")
        return error.exit_code
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == __package__:
            raise
        sys.stderr.write(f"error: the Python package {error.name} is not installed\n")
        sys.stderr.write("hint: in a clone of this project: pip install '.[librechat]'\n")
        return 1


def _parser() -> _Parser:
    parser = _Parser(prog="python -m librechat_aws", description="LibreChat on AWS as a CDK app.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    presets = commands.add_parser("presets", help="list the presets")
    presets.add_argument("--json", action="store_true", help="as a JSON list")
    presets.set_defaults(run=_list_presets)

    questions = commands.add_parser("questions", help="print what to ask for a settings file, as a JSON list")
    questions.add_argument("--json", action="store_true", help="the only form there is")
    questions.add_argument("--like", metavar="TOML", help="a settings file whose values are the defaults")
    questions.set_defaults(run=_print_questions)

    settings = commands.add_parser("settings", help="print a settings file")
    _add_source(settings)
    settings.add_argument("--like", metavar="TOML", help="a settings file of which what nothing asks for is kept")
    settings.set_defaults(run=_print_settings)

    synth = commands.add_parser("synth", help="write a cloud assembly")
    _add_source(synth)
    synth.add_argument("--out", required=True, metavar="DIR", help="directory of the cloud assembly")
    synth.set_defaults(run=_synthesise)

    compose = commands.add_parser("compose", help="write a local trial: compose.yaml, librechat.yaml, .env")
    _add_source(compose)
    compose.add_argument("--out", required=True, metavar="DIR", help="directory of the trial")
    compose.add_argument("--region", default="us-east-1", help="Region of Bedrock")
    compose.set_defaults(run=_write_trial)

    images = commands.add_parser("images", help="print commands that copy the images into private ECR")
    _add_source(images)
    images.set_defaults(run=_print_copy_script)

    schema = commands.add_parser("schema", help="fetch the schema that judges your librechat.yaml (npm)")
    schema.set_defaults(run=_install_schema)

    package = commands.add_parser("package", help="make the package of serverless mode from an image's folder /app")
    package.add_argument("app", metavar="APP", help="the folder /app of LibreChat's image, as files")
    package.add_argument("--out", required=True, metavar="FILE", help="the package, a zip file")
    package.add_argument("--modules", metavar="DIR", help="node_modules installed for Linux, arm64 and glibc")
    package.add_argument("--ca-bundle", metavar="FILE", help="PEM file of RDS authorities instead of the one in here")
    package.set_defaults(run=_make_package)

    smoke = commands.add_parser("smoke", help="look at a running deployment from outside, as a visitor")
    smoke.add_argument(
        "url", metavar="URL", help="the output Url; LIBRECHAT_EMAIL and LIBRECHAT_PASSWORD log in as well"
    )
    smoke.set_defaults(run=_look_from_outside)

    reference = commands.add_parser("reference", help="print the page about presets and settings")
    reference.set_defaults(run=_print_reference)

    cdk = commands.add_parser("cdk", help="what the CDK's own CLI runs: cdk deploy -c preset=standard-dev")
    cdk.set_defaults(run=_run_under_cdk)
    return parser


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="PRESET_OR_TOML", help="preset name or settings file ending in .toml")
    parser.add_argument(
        "--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE", help="override one setting"
    )


def _list_presets(parsed: argparse.Namespace) -> int:
    rows = [
        {"name": p.name, "mode": p.mode, "summary": p.summary, "settings": dict(p.settings)} for p in PRESETS.values()
    ]
    if parsed.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{row['name']:15} {row['mode']:4} {row['summary']}\n" for row in rows)
    return 0


def _print_questions(parsed: argparse.Namespace) -> int:
    from librechat_aws.questions import render_questions
    from librechat_aws.request import read_request

    sys.stdout.write(render_questions(read_request(parsed.like) if parsed.like else None) + "\n")
    return 0


def _print_settings(parsed: argparse.Namespace) -> int:
    """What cannot be deployed is refused here as everywhere."""
    from librechat_aws.questions import asked_keys
    from librechat_aws.request import read_request
    from librechat_aws.resolve import resolve
    from librechat_aws.settings_file import render_settings

    request = read_request(parsed.source, parsed.overrides, like=parsed.like, but=asked_keys() if parsed.like else ())
    resolve(request)
    sys.stdout.write(render_settings(request))
    return 0


def _synthesise(parsed: argparse.Namespace) -> int:
    config = _config(parsed)
    from librechat_aws.node import ensure_node

    ensure_node(os.environ)
    from librechat_aws.app import synthesise

    synthesise(config, parsed.out)
    return 0


def _run_under_cdk(_parsed: argparse.Namespace) -> int:
    """The CLI says in two variables what to read and where to write."""
    from librechat_aws.request import read_request

    context = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))
    source = context.get("settings") or context.get("preset")
    if not source:
        raise SettingsError(
            "no preset is named", "Add -c preset=standard-dev or -c settings=my.toml to the cdk command."
        )
    # Flags of the CDK have another form; a name that no setting has would change nothing, and nobody would see it.
    named = {key: value for key, value in context.items() if re.fullmatch("[a-z][a-z0-9_]*", key)}
    overrides = [f"{key}={value}" for key, value in named.items() if key not in ("settings", "preset")]
    config = _resolved(read_request(str(source), overrides))
    from librechat_aws.node import ensure_node

    ensure_node(os.environ)
    from librechat_aws.app import synthesise

    synthesise(config, os.environ.get("CDK_OUTDIR", "cdk.out"))
    return 0


def _write_trial(parsed: argparse.Namespace) -> int:
    from librechat_aws.compose import write_trial

    for path in write_trial(_config(parsed), Path(parsed.out), parsed.region):
        sys.stdout.write(f"{path}\n")
    return 0


def _print_copy_script(parsed: argparse.Namespace) -> int:
    from librechat_aws.images import copy_script

    sys.stdout.write(copy_script(_config(parsed)))
    return 0


def _make_package(parsed: argparse.Namespace) -> int:
    from librechat_aws.serverless.package import build_package

    modules = Path(parsed.modules) if parsed.modules else None
    bundle = Path(parsed.ca_bundle).read_bytes() if parsed.ca_bundle else None
    made = build_package(Path(parsed.app), Path(parsed.out), modules=modules, ca_bundle=bundle)
    sys.stdout.write(
        f"{made.path}: {made.files} files, {made.dropped} left out, {len(made.replaced)} replaced\n"
        f"{made.zipped / 2**20:.1f} MiB zipped, {made.unzipped / 2**20:.1f} MiB unzipped, sha256 {made.sha256}\n"
    )
    return 0


def _look_from_outside(parsed: argparse.Namespace) -> int:
    from librechat_aws.smoke import look_at

    bad = 0
    for each in look_at(parsed.url, os.environ.get("LIBRECHAT_EMAIL", ""), os.environ.get("LIBRECHAT_PASSWORD", "")):
        sys.stdout.write(f"✓ {each.what}\n" if each.good else f"✗ {each.what}: {each.found}\n  look at: {each.hint}\n")
        bad += not each.good
    return 1 if bad else 0


def _print_reference(_parsed: argparse.Namespace) -> int:
    from librechat_aws.reference import render_reference

    sys.stdout.write(render_reference())
    return 0


def _config(parsed: argparse.Namespace) -> Config:
    from librechat_aws.request import read_request

    return _resolved(read_request(parsed.source, parsed.overrides))


def _resolved(request: Request) -> Config:
    """The deployment, its librechat.yaml judged by LibreChat's own schema where that is installed."""
    from librechat_aws.judge_yaml import judge_yaml
    from librechat_aws.resolve import resolve

    config = resolve(request)
    note = judge_yaml(request, config)
    if note:
        sys.stderr.write(f"note: {note}\n")
    return config


def _install_schema(_parsed: argparse.Namespace) -> int:
    from librechat_aws.yaml_schema import install_schema

    sys.stdout.write(f"{install_schema()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
