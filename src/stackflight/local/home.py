"""Environment -> the folder in which stackflight keeps what it has done; only its owner may read it."""

from __future__ import annotations

import os
from pathlib import Path

from stackflight.errors import WrongUsage


def state_folder() -> Path:
    """STACKFLIGHT_HOME, else the user's folder for state; made where it is missing. Raises WrongUsage."""
    folder = _named()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "it cannot be made").lower()
        raise WrongUsage(
            f"the folder for the ledger, {folder}, cannot be used: {reason}",
            hint="name another one: STACKFLIGHT_HOME=DIR",
        ) from None
    return folder


def keep_state_in(folder: str) -> None:
    """From now on it is this folder, as if STACKFLIGHT_HOME named it."""
    os.environ["STACKFLIGHT_HOME"] = str(Path(folder).resolve())


def has_ledger() -> bool:
    """Whether something was deployed from here before; nothing is made. Raises WrongUsage."""
    return (_named() / "ledger.sqlite").is_file()


def find_state_folder() -> Path:
    """The same folder, whether it is there or not; nothing is made. Raises WrongUsage."""
    return _named()


def _named() -> Path:
    given = os.environ.get("STACKFLIGHT_HOME")
    state = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(given) if given else Path(state) / "stackflight" if state else _usual()


def _usual() -> Path:
    try:
        return Path.home() / ".local" / "state" / "stackflight"
    except RuntimeError:
        raise WrongUsage("there is no home folder for the ledger", hint="name one: STACKFLIGHT_HOME=DIR") from None
