"""Records deployments to the simulated cloud as moving pictures for the README: SVG alone, no script in it.

    .venv/bin/python tools/record_deployments.py

The real command is run, `deploy librechat:standard-dev --simulate --speed 200`, on a clock that passes at once; what it shows on a terminal of
80 columns is taken down at each look, by the views that draw it, and twenty of the screens become the picture.
"""

from __future__ import annotations

import html
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from stackflight.cli import desk
from stackflight.cli.main import main as stackflight
from stackflight.model.moment import Moment, Progress
from stackflight.views.live_text import render_moment
from stackflight.views.live_tree import render_tree
from stackflight.views.paper import Paper

WIDTH, HEIGHT, FRAMES = 80, 26, 20
_FOLDER = Path(__file__).parent.parent / "docs" / "recordings"
_COMMAND = ("deploy", "librechat:standard-dev", "--simulate", "--speed", "200", "--yes", "--region", "eu-central-1")
_FAIL = "DataVectorsInstance=We currently do not have sufficient db.t4g.micro capacity in the Availability Zone you requested@240"
RECORDINGS = {"deploy.svg": _COMMAND, "deploy-failed.svg": (*_COMMAND, "--fail", _FAIL)}
_CODE = re.compile(r"\x1b\[([0-9;]*)m")
_STYLES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "36": "c"}
_SECONDS = 0.7
_LAST_SECONDS = 6.0
_ROW, _COLUMN = 17, 8.4


class PassingClock:
    """Whoever sleeps is woken at once, later."""

    time = 1_790_000_000.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Pass."""
        self.time += seconds


class Recorder:
    """A view that keeps the screens: lines go up, and the tree of what works stays below them."""

    def __init__(self) -> None:
        self.paper = Paper(WIDTH, colour=True)
        self.lines: list[str] = []
        self.screens: list[list[str]] = []

    def show(self, moment: Moment) -> None:
        """Take one down."""
        if isinstance(moment, Progress):
            if moment.working:
                tree = render_tree(moment, self.paper, HEIGHT // 2)
                self.screens.append([*self.lines, *tree][-HEIGHT:])
            return
        self.lines += [line for text in render_moment(moment, self.paper) for line in text.splitlines()]


def record(arguments: tuple[str, ...]) -> list[list[str]]:
    """The screens of one command, the result last."""
    recorder, told = Recorder(), io.StringIO()
    recorder.lines.append(recorder.paper.paint(f"$ stackflight {' '.join(arguments[:5])}", "title"))
    usual = desk.open_view
    desk.open_view = lambda *_: recorder
    try:
        with TemporaryDirectory() as home, redirect_stdout(told), redirect_stderr(io.StringIO()):
            os.environ.update(STACKFLIGHT_HOME=home, COLUMNS=str(WIDTH))
            stackflight(arguments, PassingClock())
    finally:
        desk.open_view = usual
    step = max(len(recorder.screens) / FRAMES, 1.0)
    chosen = [recorder.screens[int(number * step)] for number in range(min(FRAMES, len(recorder.screens)))]
    chosen.append([*recorder.lines[-3:], "", *told.getvalue().rstrip().splitlines()][: HEIGHT + 8])
    return [[re.sub(r"r-\d{16}", "r-2609211653200417", line) for line in screen] for screen in chosen]


def draw(screens: list[list[str]]) -> str:
    """One picture: every screen is seen in its turn, the last one longest."""
    whole = _SECONDS * (len(screens) - 1) + _LAST_SECONDS
    height = max(map(len, screens)) * _ROW + 24
    width = WIDTH * _COLUMN + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14">',
        "<style>text{white-space:pre;fill:#d0d4dc}.b{font-weight:bold}.d{opacity:.6}.r{fill:#ff6b6b}.g{fill:#7bd88f}.y{fill:#ffd166}"
        f".c{{fill:#7fdbff}}g{{visibility:hidden;animation:{whole:.1f}s infinite}}",
        *(_turn(number, len(screens), whole) for number in range(len(screens))),
        "@media(prefers-reduced-motion:reduce){g{animation:none!important}g:last-of-type{visibility:visible}}</style>",
        '<rect width="100%" height="100%" rx="8" fill="#1b1f27"/>',
    ]
    for number, screen in enumerate(screens):
        rows = "".join(
            f'<text x="12" y="{24 + row * _ROW}">{"".join(_spans(line))}</text>'
            for row, line in enumerate(screen)
            if line
        )
        parts.append(f'<g style="animation-name:s{number}">{rows}</g>')
    return "\n".join([*parts, "</svg>", ""])


def _turn(number: int, count: int, whole: float) -> str:
    """When one screen is seen, in hundredths of the whole."""
    start = number * _SECONDS / whole * 100
    end = 100.0 if number == count - 1 else (number + 1) * _SECONDS / whole * 100
    before = f"0%,{start - 0.01:.2f}%{{visibility:hidden}}" if number else ""
    after = f"{end:.2f}%,100%{{visibility:hidden}}" if end < 100 else ""
    return f"@keyframes s{number}{{{before}{start:.2f}%,{end - 0.01:.2f}%{{visibility:visible}}{after}}}"


def _spans(line: str) -> Iterator[str]:
    """The pieces of a line, each in its colour."""
    style = ""
    for number, piece in enumerate(_CODE.split(line)):
        if number % 2:
            style = " ".join(_STYLES[code] for code in piece.split(";") if code in _STYLES)
        elif piece:
            text = html.escape(piece)
            yield f'<tspan class="{style}">{text}</tspan>' if style else text


def main() -> int:
    """Write all recordings."""
    _FOLDER.mkdir(exist_ok=True)
    for name, arguments in RECORDINGS.items():
        screens = record(arguments)
        (_FOLDER / name).write_text(draw(screens), encoding="utf-8")
        sys.stderr.write(f"{name}: {len(screens)} screens\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
