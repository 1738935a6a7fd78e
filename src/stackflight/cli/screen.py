"""Terminal and environment -> the paper that results are written on."""

from __future__ import annotations

import os
import shutil
import sys

from stackflight.views.paper import Paper


def read_paper() -> Paper:
    """The paper that stdout is: COLUMNS, NO_COLOR and TERM are honoured."""
    width = shutil.get_terminal_size((100, 24)).columns
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return Paper(
        width=min(max(width, 60), 120), colour=sys.stdout.isatty() and not dumb, unicode=encoding.startswith("utf")
    )
