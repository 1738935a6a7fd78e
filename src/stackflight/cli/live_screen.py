"""A terminal on which lines go up and the tree of what works stays below them, its clocks going on between two looks."""

from __future__ import annotations

import atexit
import shutil
import sys
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from stackflight.cli.screen import read_paper
from stackflight.model.moment import Ended, Held, Moment, Planned, Progress
from stackflight.views.live_text import render_moment
from stackflight.views.live_tree import render_tree
from stackflight.views.paper import guard

_TIMES_A_SECOND = 4
_FEWEST_ROWS = 6


class LiveScreen:
    """A view on stderr. `speed` is how many seconds of the run pass in one."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._live: Live | None = None
        self._look: Progress | None = None
        self._seen = 0.0
        atexit.register(self.stop)  # whatever ends the process, the cursor is there again

    def show(self, moment: Moment) -> None:
        """Write what there is to say above the tree, or draw that anew."""
        if isinstance(moment, Progress):
            self._draw(moment)
            return
        if isinstance(moment, (Ended, Planned)):  # somebody may be asked now
            self.stop()
        if isinstance(moment, Held) and not moment.waiting:
            return  # the refusal says it
        paper = read_paper(sys.stderr)
        for line in render_moment(moment, paper):
            self._console.print(Text.from_ansi(guard(line, colour=paper.colour)))

    def _draw(self, look: Progress) -> None:
        self._look, self._seen = look, time.monotonic()
        if self._live is not None:
            return
        if look.working:
            self._live = Live(
                console=self._console, get_renderable=self._tree, refresh_per_second=_TIMES_A_SECOND, transient=True,
                redirect_stdout=False, vertical_overflow="crop",
            )  # fmt: skip
            self._live.start()

    def _tree(self) -> Text:
        if self._look is None:
            return Text()
        paper = read_paper(sys.stderr)
        rows = max(shutil.get_terminal_size().lines // 2, _FEWEST_ROWS)
        passed = (time.monotonic() - self._seen) * self._speed
        lines = render_tree(self._look, paper, rows, passed)
        return Text.from_ansi(guard("\n".join(lines), colour=paper.colour), no_wrap=True)

    def stop(self) -> None:
        """Leave the lines and take the tree away."""
        if self._live is not None:
            self._live.stop()
            self._live = None
