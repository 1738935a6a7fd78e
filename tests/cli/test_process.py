"""The command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


def _stackflight(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stackflight", *arguments],
        cwd=TEMPLATES,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100", **environment},
        check=False,
    )


def test_the_process_answers_with_screen_and_exit_code() -> None:
    done = _stackflight("check", "cycle.yaml", "nowhere.yaml")

    assert done.returncode == 66
    assert "blocking" in done.stdout
    assert done.stderr.startswith("error: nowhere.yaml: there is no such file or folder\n")


def test_a_template_is_checked_without_loading_the_cdk_boto3_or_rich() -> None:
    program = (
        "import sys\n"
        "from stackflight.cli.main import main\n"
        "main(['check', 'unreachable.yaml'])\n"
        "heavy = {'aws_cdk', 'boto3', 'botocore', 'jsii', 'rich', 'pydantic', 'librechat_aws'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=TEMPLATES, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_screen_that_knows_no_unicode_gets_plain_marks() -> None:
    done = _stackflight("review", "unreachable.yaml", PYTHONIOENCODING="ascii")

    assert done.returncode in {0, 10}
    assert done.stdout.isascii()
