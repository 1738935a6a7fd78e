"""A review -> nothing, or a run that is refused before anything is made, with the findings shown and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stackflight.cli.screen import read_paper, write_result
from stackflight.errors import Blocked
from stackflight.model.report import CheckReport
from stackflight.model.run import REFUSED, Note, Run
from stackflight.ports import Ledger


def pass_gate(report: CheckReport, overrides: Mapping[str, str], run: Run, ledger: Ledger, format: str) -> None:
    """Raises Blocked where a finding stops it that nobody takes responsibility for; the refused run is kept too."""
    from stackflight.operate.gate import find_blockers
    from stackflight.views import json, terminal

    blockers = find_blockers(report.findings, overrides)
    if not blockers:
        return
    ledger.save(replace(run, outcome=REFUSED, ended=run.started))
    findings = [{"check": one.check, "message": one.message} for one in blockers]
    ledger.note(run.id, Note(run.started, "refusal", {"findings": findings}))
    write_result(json.render_check(report) if format == "json" else terminal.render_check(report, read_paper()))
    checks = " ".join(f"--override {check}=REASON" for check in dict.fromkeys(one.check for one in blockers))
    raise Blocked(
        f"nothing was made: {len(blockers)} blocking finding{'s' if len(blockers) > 1 else ''}",
        hint=f"mend what is named above, or take responsibility: {checks}",
    )
