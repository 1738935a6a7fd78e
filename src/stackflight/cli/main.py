"""Arguments in, exit code out: `stackflight VERB TARGET`.

Exit codes: 0 done, 1 failed, 10 blocking findings, 64 wrong usage, 66 unreadable input. The result goes to stdout,
everything else to stderr.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from stackflight.cli import verbs
from stackflight.cli.formats import CheckFormat, TextFormat
from stackflight.cli.inputs import read_inputs
from stackflight.cli.talk import say_error
from stackflight.errors import StackflightError, WrongUsage
from stackflight.local.clock import SystemClock
from stackflight.ports import Clock

app = typer.Typer(
    name="stackflight",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_TARGET = "A template file, a cdk.out folder, or APP:PRESET (librechat:standard-dev, librechat:./settings.toml)."
Target = Annotated[str, typer.Argument(metavar="TARGET", help=_TARGET, show_default=False)]
Targets = Annotated[list[str], typer.Argument(metavar="TARGET", help=_TARGET, show_default=False)]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="Value of a template parameter; STACK.NAME=VALUE for one stack only. Repeatable.",
        show_default=False,
    ),
]
Params = Annotated[
    list[Path] | None,
    typer.Option(
        "--params",
        metavar="FILE",
        help="Parameter values: CloudFormation's parameter JSON or a flat mapping. Repeatable.",
        show_default=False,
    ),
]
Region = Annotated[
    str | None,
    typer.Option(metavar="REGION", help="Where the stacks go, unless they say so themselves.", show_default=False),
]
Together = Annotated[
    bool,
    typer.Option("--together", help="Judge all targets as one world: exports are joined to imports."),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"stackflight {version('stackflight')}\n")
        raise typer.Exit


@app.callback()
def stackflight(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an internal error.")] = False,
) -> None:
    """Decides before anything is created whether a CloudFormation or CDK deployment can succeed.

    Exit codes: 0 done, 1 failed, 10 blocking findings, 64 wrong usage, 66 unreadable input.
    """


@app.command()
def check(
    context: typer.Context,
    targets: Targets,
    format: Annotated[CheckFormat, typer.Option(help="How the findings are written.")] = CheckFormat.TEXT,
    param: Param = None,
    params: Params = None,
    region: Region = None,
    together: Together = False,
) -> int:
    """Find what would make a deployment fail; made for continuous integration.

    Each target is judged alone unless --together is given. Exit code 10 where a finding blocks.
    """
    inputs = read_inputs(param or (), params or (), region)
    return verbs.check(targets, inputs, format, together=together, clock=context.obj)


@app.command()
def review(
    context: typer.Context,
    target: Target,
    format: Annotated[TextFormat, typer.Option(help="How the review is written.")] = TextFormat.TEXT,
    param: Param = None,
    params: Params = None,
    region: Region = None,
) -> int:
    """Show who must reach what and how each goes, then the findings.

    Exit code 10 where a finding blocks.
    """
    inputs = read_inputs(param or (), params or (), region)
    return verbs.review(target, inputs, format, clock=context.obj)


@app.command()
def presets(
    name: Annotated[str, typer.Argument(metavar="APP", help="The name of an app, e.g. librechat.", show_default=False)],
    format: Annotated[TextFormat, typer.Option(help="How the list is written.")] = TextFormat.TEXT,
) -> int:
    """List the presets of an app."""
    return verbs.presets(name, format)


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def main(arguments: Sequence[str], clock: Clock | None = None) -> int:
    """Run one command and return its exit code; nothing is raised."""
    try:
        return _dispatch(list(arguments), clock or SystemClock())
    except StackflightError as error:
        say_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        say_error(StackflightError("interrupted"))
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if "--debug" in arguments or os.environ.get("STACKFLIGHT_DEBUG"):
            traceback.print_exc()
        name = type(error).__name__
        say_error(StackflightError(f"internal error: {name}: {error}", hint="please report it with what --debug shows"))
        return 1


def _dispatch(arguments: list[str], clock: Clock) -> int:
    try:
        code: Any = app(arguments, prog_name="stackflight", standalone_mode=False, obj=clock)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        message = error.format_message().replace("Value error, ", "")
        context: Any = getattr(error, "ctx", None)
        path = context.command_path if context else "stackflight"
        raise WrongUsage(f"{message[:1].lower()}{message[1:]}".rstrip("."), hint=f"see {path} --help") from None
    return code if isinstance(code, int) else 0
