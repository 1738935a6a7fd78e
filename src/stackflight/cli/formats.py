"""`--format` and the terminal -> how results are written."""

from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum

from stackflight.views.paper import Paper


class TextFormat(StrEnum):
    """For people or for programs."""

    TEXT = "text"
    JSON = "json"


class CheckFormat(StrEnum):
    """For people, for programs, for code scanning, for the annotations of a workflow."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def read_paper() -> Paper:
    """The paper that stdout is: COLUMNS, NO_COLOR and TERM are honoured."""
    width = shutil.get_terminal_size((100, 24)).columns
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return Paper(
        width=min(max(width, 60), 120), colour=sys.stdout.isatty() and not dumb, unicode=encoding.startswith("utf")
    )
