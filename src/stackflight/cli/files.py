"""Files that were asked for by name -> written whole or not at all, never over what was read, or one clear refusal."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from stackflight.cli.talk import say
from stackflight.errors import StackflightError, WrongUsage


def require_page(name: str | None, flag: str = "--html", inputs: Iterable[Path] = ()) -> None:
    """Raises WrongUsage where the option names nothing, a file where none can be, or an input, before anything is judged."""
    if name is None:
        return
    if not name:
        raise WrongUsage(f"{flag} names no file", hint=f"write it as in {flag} page.{flag.strip('-')}")
    if Path(name).is_dir() or not Path(name).parent.is_dir():
        raise _refused(flag, name, "is a directory" if Path(name).is_dir() else "no such file or directory")
    _refuse_inputs(flag, name, inputs)


def write_page(name: str, text: str, inputs: Iterable[Path] = ()) -> None:
    """Write what `--html` asks for. Raises WrongUsage where that is not possible, or where it is one of the `inputs`."""
    write_text("--html", name, text, inputs)


def write_text(flag: str, name: str, text: str, inputs: Iterable[Path] = ()) -> None:
    """Write the file that an option asks for, whole or not at all. Raises WrongUsage as `write_page`."""
    file = Path(name)
    _refuse_inputs(flag, name, inputs)
    try:
        if file.exists() and not file.is_file():  # a device, or a pipe to another program
            file.write_text(text, encoding="utf-8")
        else:
            _replace(file.resolve(), text)
    except OSError as error:
        raise _refused(flag, name, (error.strerror or "it cannot be written").lower()) from None
    say(f"wrote {name}")


def write_over(file: Path, before: str, after: str) -> None:
    """Write a changed text over its file, whole or not at all, with the line breaks that it had.

    Raises WrongUsage where the file does not hold `before` (any more), byte for byte but for its line breaks.
    """
    try:
        raw = file.read_bytes().decode("utf-8")
        newline = "\r\n" if "\r\n" in raw else "\n"
        if raw != before.replace("\n", newline):
            raise WrongUsage(f"{file} has changed, or mixes line breaks", hint="nothing was written; run it again")
        _replace(file.resolve(), after.replace("\n", newline))
    except UnicodeDecodeError:
        raise WrongUsage(f"{file} is not UTF-8", hint="save it as UTF-8; nothing was written") from None
    except OSError as error:
        raise _refused("--fix", str(file), (error.strerror or "it cannot be written").lower()) from None


def _refused(flag: str, name: str, reason: str) -> WrongUsage:
    return WrongUsage(f"{flag} {name} cannot be written: {reason}", hint="name a file in a folder that exists")


def _refuse_inputs(flag: str, name: str, inputs: Iterable[Path]) -> None:
    if any(_is_one(Path(name), read) for read in inputs):
        raise WrongUsage(f"{flag} {name} would write over an input", hint="name another file; nothing was written")


def _is_one(file: Path, other: Path) -> bool:
    """Whether two names lead to one file, by links of either kind too."""
    try:
        return file.samefile(other)
    except (OSError, ValueError):
        return False


def _replace(file: Path, text: str, at_last: Callable[[], None] = lambda: None) -> None:
    """Write a file whole or not at all: what stood there stays until the last byte of the new one is on the disk.

    `at_last` is asked just before.
    """
    if file.exists() and not os.access(file, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    part = file.with_name(f".{file.name[:200]}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(OSError):
            part.chmod(file.stat().st_mode)
        at_last()
        part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink()


def require_free(file: Path, force: bool) -> None:
    """Raises WrongUsage where a file is in the way."""
    if file.exists() and not force:
        raise WrongUsage(f"{file} exists already", hint="name another file with --out, or overwrite it with --force")
    if not file.parent.is_dir():
        raise WrongUsage(f"there is no folder {file.parent}", hint="name a file in a folder that exists")


def write_settings(file: Path, text: str, force: bool) -> None:
    """Write a file whole or not at all; one that exists is replaced with `force` only."""
    try:
        _replace(file, text, lambda: None if force else require_free(file, force))
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise StackflightError(f"{file} cannot be written: {reason}") from None
