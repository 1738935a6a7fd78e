"""The console script: begins to load the standard rules, then imports the rest of the program and runs it.

The rules load for a quarter of a second in a process of their own, and most of that is over when they are asked.
"""

# Python itself has loaded these two, so nothing can interrupt them; `__future__` it has not.
import os
import sys

try:
    import gc
    from collections.abc import Sequence
    from contextlib import suppress
    from itertools import pairwise
except KeyboardInterrupt:
    os.write(2, b"error: interrupted\n")
    os._exit(1)

_JUDGING = {"check", "review", "rehearse", "diff", "deploy"}
_WITHOUT = {"--no-standard-rules", "--help", "-h", "--jobs"}


def run() -> None:
    """Run the command line of this process and exit."""
    closed = open_streams()
    try:
        collect_rarely()
        if needs_rules(sys.argv[1:]):
            from stackflight.local.rule_process import shared_process

            with suppress(OSError):  # said when the rules are asked
                shared_process(sys.argv[1:] if needs_preflight(sys.argv[1:]) else ())
        from stackflight.cli.main import run as run_main

        run_main(closed)
    except KeyboardInterrupt:  # before there was anybody who says more
        os.write(2, b"error: interrupted\n")
        os._exit(1)


def open_streams() -> bool:
    """Give a process that was started without stdin, stdout or stderr others that nobody reads; whether stdout is one.

    Else the pipes to other processes would take their numbers.
    """
    closed = sys.stdout is None
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    return closed


def collect_rarely() -> None:
    """Look for garbage in cycles seldom.

    Nearly all that a verb makes lives as long as the process; going through it again and again for every 700 new objects
    costs the more the larger the world is.
    """
    gc.set_threshold(200_000, 20, 100)


def needs_rules(arguments: Sequence[str]) -> bool:
    """Whether a command will probably ask the standard rules; a wrong guess costs time only."""
    judging = _JUDGING & set(arguments[:2]) or ("watch" in arguments[:2] and "--" in arguments)
    return bool(judging) and not _WITHOUT & set(arguments) and _rules(arguments) != "own"


def needs_preflight(arguments: Sequence[str]) -> bool:
    """Whether a command will probably ask the rules of cdk-preflight as well."""
    return _rules(arguments) == "all"


def _rules(arguments: Sequence[str]) -> str:
    """What is given with --rules, "all" where nothing is."""
    given = [word.removeprefix("--rules=") for word in arguments if word.startswith("--rules=")]
    given += [value for flag, value in pairwise(arguments) if flag == "--rules"]
    return given[-1] if given else "all"
