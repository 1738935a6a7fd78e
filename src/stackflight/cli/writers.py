"""Reports, one after the other -> stdout in the format that was asked for."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Protocol

from stackflight.cli.files import write_text
from stackflight.cli.repository import name_in_repository
from stackflight.cli.screen import read_paper, write_result
from stackflight.errors import StackflightError
from stackflight.model.report import CheckReport


class Writer(Protocol):
    """Takes the reports of a run."""

    def add(self, report: CheckReport) -> None:
        """One more target is judged."""
        ...

    def add_text(self, text: str, blocked: bool) -> None:
        """One more target was judged elsewhere, and its report rendered as `renderer_of` the format does."""
        ...

    def add_note(self, text: str) -> None:
        """Something is to be said behind the reports, where the format has a place for it."""
        ...

    def close(self, errors: Sequence[StackflightError], inputs: Iterable[Path] = ()) -> None:
        """There is no further target; `errors` say which ones could not be judged, no file of the `inputs` is written over."""
        ...


class _EachWriter:
    """Writes every report at once; `total` follows where there were several, `refusals` where there were errors.

    With `commands` each line is a command to a workflow's runner.
    """

    def __init__(
        self,
        render: Callable[[CheckReport], str],
        total: Callable[[int, int], str] = lambda _targets, _blocked: "",
        refusals: Callable[[Sequence[StackflightError]], str] = lambda _errors: "",
        commands: bool = False,
    ) -> None:
        self.render = render
        self._total = total
        self._refusals = refusals
        self._commands = commands
        self._targets = 0
        self._blocked = 0
        self._notes: list[str] = []

    def add(self, report: CheckReport) -> None:
        self.add_text(self.render(report), bool(report.blocking))

    def add_text(self, text: str, blocked: bool) -> None:
        self._targets += 1
        self._blocked += blocked
        _write(text, self._commands)

    def add_note(self, text: str) -> None:
        self._notes.append(text)

    def close(self, errors: Sequence[StackflightError], inputs: Iterable[Path] = ()) -> None:  # noqa: ARG002 -- no file
        if self._targets > 1:
            _write(self._total(self._targets, self._blocked), self._commands)
        for note in self._notes:
            _write(note, self._commands)
        _write(self._refusals(errors), self._commands)


class _AllWriter:
    """Writes one document over all reports."""

    def __init__(self, render: Callable[[Sequence[CheckReport], Sequence[StackflightError]], str]) -> None:
        self._render = render
        self._reports: list[CheckReport] = []
        self._texts: list[str] = []

    def add(self, report: CheckReport) -> None:
        self._reports.append(report)

    def add_text(self, text: str, blocked: bool) -> None:  # noqa: ARG002 -- every writer is told
        self._texts.append(text)

    def add_note(self, text: str) -> None:
        """Such a document has no place for it."""

    def close(self, errors: Sequence[StackflightError], inputs: Iterable[Path] = ()) -> None:  # noqa: ARG002 -- no file
        own = self._render(self._reports, errors)
        if self._texts:
            from stackflight.views import sarif

            own = sarif.merge([*self._texts, own])
        _write(own)


def _write(text: str, commands: bool = False) -> None:
    if text:
        write_result(text, commands=commands)


class _FileWriter:
    """Hands what another writer would print to a file, whole, once everything is judged."""

    def __init__(self, inner: Writer, name: str) -> None:
        self._inner = inner
        self._name = name
        self._out = io.StringIO()

    def add(self, report: CheckReport) -> None:
        with redirect_stdout(self._out):
            self._inner.add(report)

    def add_text(self, text: str, blocked: bool) -> None:
        with redirect_stdout(self._out):
            self._inner.add_text(text, blocked)

    def add_note(self, text: str) -> None:
        self._inner.add_note(text)

    def close(self, errors: Sequence[StackflightError], inputs: Iterable[Path] = ()) -> None:
        with redirect_stdout(self._out):
            self._inner.close(errors)
        write_text("--output", self._name, self._out.getvalue(), inputs)


def deliver(name: str | None, render: Callable[[], str], inputs: Iterable[Path] = ()) -> None:
    """Write what is rendered to stdout, or where `-o` names a file there: whole, without colour, over none of the `inputs`."""
    if not name:
        _write(render())
        return
    out = io.StringIO()
    with redirect_stdout(out):
        _write(render())
    write_text("--output", name, out.getvalue(), inputs)


APART = ("text", "json", "github", "sarif")
"""The formats whose reports may be made in several processes."""
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown", "csv")
"""How findings may be written."""


def renderer_of(format: str) -> Callable[[CheckReport], str]:
    """What makes the text of one report in a format."""
    if format == "sarif":
        return lambda report: _render_sarif([report], ())
    writer = open_writer(format)
    assert isinstance(writer, _EachWriter)
    return writer.render


def open_writer(format: str, file: str | None = None) -> Writer:
    """The writer of a format, to stdout or into a file; only the view that is needed is loaded."""
    if file is not None:
        with redirect_stdout(io.StringIO()):  # no terminal, so no colours
            return _FileWriter(open_writer(format), file)
    if format in _DOCUMENTS:
        return _AllWriter(_DOCUMENTS[format])
    if format == "json":
        from stackflight.views import json

        return _EachWriter(json.render_check)
    if format == "github":
        from stackflight.views import github

        return _EachWriter(
            lambda report: github.render_check(report, name_in_repository),
            refusals=lambda errors: github.render_errors(errors, name_in_repository),
            commands=True,
        )
    from stackflight.views import terminal

    paper = read_paper()
    return _EachWriter(
        lambda report: terminal.render_check(report, paper),
        lambda targets, blocked: terminal.render_total(targets, blocked, paper),
    )


def _render_sarif(reports: Sequence[CheckReport], errors: Sequence[StackflightError]) -> str:
    from importlib.metadata import version

    from stackflight.operate.known_checks import known_checks
    from stackflight.views import sarif

    return sarif.render_checks(reports, known_checks().values(), version("stackflight"), name_in_repository, errors)


def _render_gitlab(reports: Sequence[CheckReport], errors: Sequence[StackflightError]) -> str:
    from stackflight.views import gitlab

    return gitlab.render_checks(reports, errors, name_in_repository)


def _render_junit(reports: Sequence[CheckReport], errors: Sequence[StackflightError]) -> str:
    from stackflight.views import junit

    return junit.render_checks(reports, errors, name_in_repository)


def _render_markdown(reports: Sequence[CheckReport], errors: Sequence[StackflightError]) -> str:
    from stackflight.views import markdown

    return markdown.render_checks(reports, errors, name_in_repository)


def _render_csv(reports: Sequence[CheckReport], errors: Sequence[StackflightError]) -> str:
    from stackflight.views import table

    return table.render_checks(reports, errors, name_in_repository)


_DOCUMENTS = {
    "sarif": _render_sarif,
    "gitlab": _render_gitlab,
    "junit": _render_junit,
    "markdown": _render_markdown,
    "csv": _render_csv,
}
