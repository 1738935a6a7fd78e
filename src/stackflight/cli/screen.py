"""Terminal and environment -> the paper that results and talk are written on."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from stackflight.views.paper import Paper


def read_paper(stream: TextIO | None = None) -> Paper:
    """The paper that a stream is, stdout unless given: COLUMNS, NO_COLOR and TERM are honoured."""
    stream = stream or sys.stdout
    width = shutil.get_terminal_size((100, 24)).columns
    plain = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    encoding = (stream.encoding or "utf-8").lower().replace("-", "")
    return Paper(min(max(width, 60), 120), colour=stream.isatty() and not plain, unicode=encoding.startswith("utf"))
