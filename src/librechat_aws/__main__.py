"""Command line of the app: arguments in, JSON or a cloud assembly out; the only place that catches errors.

    python -m librechat_aws presets [--json]
    python -m librechat_aws synth PRESET_OR_TOML --out DIR [--set key=value ...]

Exit codes: 0 done, 1 failed (e.g. Node or the CDK is missing), 64 wrong usage, preset or setting.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from librechat_aws.errors import LibreChatError, SettingsError
from librechat_aws.presets import PRESETS


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


def _parser() -> _Parser:
    parser = _Parser(prog="python -m librechat_aws", description="LibreChat on AWS as a CDK app.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    presets = commands.add_parser("presets", help="list the presets")
    presets.add_argument("--json", action="store_true", help="as a JSON list")
    presets.set_defaults(run=_list_presets)

    synth = commands.add_parser("synth", help="write a cloud assembly")
    _add_source(synth)
    synth.add_argument("--out", required=True, metavar="DIR", help="directory of the cloud assembly")
    synth.set_defaults(run=_synthesise)
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


def _synthesise(parsed: argparse.Namespace) -> int:
    from librechat_aws.resolve import resolve
    from librechat_aws.settings import read_request

    config = resolve(read_request(parsed.source, parsed.overrides))
    from librechat_aws.node import ensure_node

    ensure_node(os.environ)
    from librechat_aws.app import synthesise

    synthesise(config, parsed.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
