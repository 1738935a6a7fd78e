"""What is copied into functions: everything that is required, in pinned versions, in whatever way the app was installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import PathDistribution, version
from pathlib import Path

import pytest

from librechat_aws.parts import distributions, initialise
from librechat_aws.parts.distributions import find_closure

ROOT = Path(__file__).parents[2]
FUNCTIONS = (initialise.INIT_POSTGRES, initialise.INIT_DOCUMENTDB, initialise.MAKE_ADMINISTRATOR)


def _extra() -> list[str]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"][
        "librechat"
    ]


def test_everything_that_is_copied_into_functions_is_pinned_in_the_extra_to_what_was_tested() -> None:
    """Audit, row 3: what goes into a function must not be whatever an index has found that day."""
    copied = {name for function in FUNCTIONS for name in find_closure(function.driver, function.without)}
    pinned = dict(line.split("==") for line in _extra() if "==" in line)

    assert copied == {"asn1crypto", "dnspython", "pg8000", "pymongo", "python-dateutil", "scramp", "six"}
    assert {name: pinned.get(name) for name in copied} == {name: version(name) for name in copied}


def test_the_lock_agrees_with_the_extra() -> None:
    """Audit, row 3."""
    locked = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.M))
    assert [line for line in _extra() if "==" in line and locked.get(line.split("==")[0]) != line.split("==")[1]] == []


def test_a_requirement_that_a_new_release_no_longer_has_is_not_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Audit, row 3: python-dateutil 4 came without six, which was copied by name."""
    metadata = {
        "pg8000": "Requires-Dist: python-dateutil>=2.8.2\nRequires-Dist: tomli; python_version < '3.12'\n",
        "python-dateutil": "Requires-Dist: mypy; extra == 'dev'\n",
    }
    for name, required in metadata.items():
        (tmp_path / name).mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.0.0\n{required}"
        (tmp_path / name / "METADATA").write_text(text, encoding="utf-8")
    monkeypatch.setattr(distributions, "distribution", lambda name: PathDistribution(tmp_path / name))

    assert find_closure("pg8000") == ("pg8000", "python-dateutil")


@pytest.mark.slow
def test_the_app_is_judged_from_its_wheel_in_a_clean_environment_without_the_lock(tmp_path: Path) -> None:
    """Audit, row 3: `pip install 'stackflight[librechat]'` is enough. Downloads what an index has today."""
    wheels = tmp_path / "wheels"
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    wheels.mkdir()
    subprocess.run([sys.executable, "-c", build, str(wheels)], cwd=ROOT, check=True, capture_output=True)
    [wheel] = wheels.glob("*.whl")
    venv.create(tmp_path / "clean", with_pip=True)
    tools = tmp_path / "clean" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([str(tools / "pip"), "install", "--quiet", f"{wheel}[librechat]"], check=True, capture_output=True)

    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [str(tools / "stackflight"), "check", "--no-standard-rules", "librechat:standard-dev"]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "librechat:standard-dev:" in done.stdout
