"""Files that were asked for by name -> written, or one clear refusal."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from stackflight.cli.talk import say
from stackflight.errors import StackflightError, WrongUsage


def write_page(name: str, text: str) -> None:
    """Write what `--html` asks for. Raises WrongUsage where that is not possible."""
    write_text("--html", name, text)


def write_text(flag: str, name: str, text: str) -> None:
    """Write the file that an option asks for. Raises WrongUsage where that is not possible."""
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        hint = "name a file in a folder that exists"
        raise WrongUsage(f"{flag} {name} cannot be written: {reason}", hint=hint) from None
    say(f"wrote {name}")


def require_free(file: Path, force: bool) -> None:
    """Raises WrongUsage where a file is in the way."""
    if file.exists() and not force:
        raise WrongUsage(f"{file} exists already", hint="name another file with --out, or overwrite it with --force")
    if not file.parent.is_dir():
        raise WrongUsage(f"there is no folder {file.parent}", hint="name a file in a folder that exists")


def write_settings(file: Path, text: str, force: bool) -> None:
    """Write a file whole or not at all; one that exists is replaced with `force` only."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        if not force:
            require_free(file, force)
        part.replace(file)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise StackflightError(f"{file} cannot be written: {reason}") from None
    finally:
        with suppress(OSError):
            part.unlink()
