"""Networks that look wrong and are legal: nothing blocks, nothing warns of the network, nothing is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import judge_world
from towns import PACE

from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

LEGAL = sorted((Path(__file__).parents[1] / "legal_networks").glob("*.yaml"))


@pytest.mark.parametrize("file", LEGAL, ids=lambda file: file.stem)
def test_a_legal_network_is_left_in_peace(file: Path) -> None:
    template = parse_template(file.read_text(encoding="utf-8"), file.name)
    verdicts = judge_world(join_stacks([Source("stack", template)], {}, LocalFolder(file.parent)), PACE)
    assert [item.message for item in verdicts.findings if item.severity is Severity.BLOCKING or item.path] == []
    assert [item.question for item in verdicts.questions] == []
