"""Environment -> who deploys, from which machine, and the id of a new run."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from hashlib import sha256

from stackflight.local.home import state_folder
from stackflight.views.paper import printable


def read_who() -> str:
    """The person behind a job where the environment tells, else the user of this machine."""
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "CODEBUILD_INITIATOR"):
        if os.environ.get(name):
            return printable(os.environ[name])
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def read_where() -> str:
    """The job where the environment tells, else this machine and process."""
    if os.environ.get("GITHUB_RUN_ID"):
        return f"GitHub Actions run {printable(os.environ['GITHUB_RUN_ID'])}"
    if os.environ.get("CI_JOB_ID"):
        return f"GitLab job {printable(os.environ['CI_JOB_ID'])}"
    from socket import gethostname

    return f"{gethostname() or 'this machine'} (process {os.getpid()})"


def read_writer() -> str:
    """Twelve characters that tell this machine's ledger from others."""
    from socket import gethostname

    return sha256(f"{gethostname()} {state_folder()}".encode()).hexdigest()[:12]


def new_run_id(now: float) -> str:
    """`r-` and sixteen digits: the time to the second, and four that tell apart who begins in the same one."""
    from secrets import randbelow

    return f"r-{datetime.fromtimestamp(now, UTC):%y%m%d%H%M%S}{randbelow(10_000):04d}"


def show_moment(seconds: float) -> str:
    """A time since the epoch in the zone of this machine."""
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%Y-%m-%d %H:%M}"
