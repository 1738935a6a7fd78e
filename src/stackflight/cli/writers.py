"""Reports, one after the other -> stdout in the format that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from stackflight.cli.screen import read_paper
from stackflight.model.report import CheckReport


class Writer(Protocol):
    """Takes the reports of a run."""

    def add(self, report: CheckReport) -> None:
        """One more target is judged."""
        ...

    def close(self) -> None:
        """There is no further target."""
        ...


class _EachWriter:
    """Writes every report at once; `total` follows where there were several."""

    def __init__(
        self, render: Callable[[CheckReport], str], total: Callable[[int, int], str] = lambda _targets, _blocked: ""
    ) -> None:
        self._render = render
        self._total = total
        self._targets = 0
        self._blocked = 0

    def add(self, report: CheckReport) -> None:
        self._targets += 1
        self._blocked += bool(report.blocking)
        _write(self._render(report))

    def close(self) -> None:
        if self._targets > 1:
            _write(self._total(self._targets, self._blocked))


class _AllWriter:
    """Writes one document over all reports."""

    def __init__(self, render: Callable[[list[CheckReport]], str]) -> None:
        self._render = render
        self._reports: list[CheckReport] = []

    def add(self, report: CheckReport) -> None:
        self._reports.append(report)

    def close(self) -> None:
        _write(self._render(self._reports))


def _write(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def open_writer(format: str) -> Writer:
    """The writer of a format; only the view that is needed is loaded."""
    if format == "json":
        from stackflight.views import json

        return _EachWriter(json.render_check)
    if format == "github":
        from stackflight.views import github

        return _EachWriter(github.render_check)
    if format == "sarif":
        from stackflight.views import sarif

        return _AllWriter(sarif.render_checks)
    from stackflight.views import terminal

    paper = read_paper()
    return _EachWriter(
        lambda report: terminal.render_check(report, paper),
        lambda targets, blocked: terminal.render_total(targets, blocked, paper),
    )
