"""What a command leaves behind, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
HOSTILE = Path(__file__).parent / "hostile"


class StoppedClock:
    """No time passes, so that screens do not differ from run to run."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody should wait {seconds} s here")


@dataclass(frozen=True)
class Screen:
    """What a command left behind."""

    command: str
    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        streams = [("stdout", self.stdout), ("stderr", self.stderr)]
        shown = "".join(f"--- {name}\n{text}" for name, text in streams if text)
        return f"$ {self.command}\nexit code {self.code}\n{shown}"


Run = Callable[..., Screen]
