"""Files that were asked for by name -> written, or one clear refusal."""

from __future__ import annotations

from pathlib import Path

from stackflight.cli.talk import say
from stackflight.errors import WrongUsage


def write_page(name: str, text: str) -> None:
    """Write what `--html` asks for. Raises WrongUsage where that is not possible."""
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        hint = "name a file in a folder that exists"
        raise WrongUsage(f"--html {name} cannot be written: {reason}", hint=hint) from None
    say(f"wrote {name}")
