"""A librechat.yaml in, what LibreChat's own schema has against it out.

The schema is code: that of the npm package which LibreChat itself reads its configuration with, pinned in versions.json.
`install_schema` fetches it once; without it `find_mistakes` says that nothing was judged, by None.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from librechat_aws import versions
from librechat_aws.npm import SECONDS, find_node, install_packages
from librechat_aws.own_yaml import KeyPath


@dataclass(frozen=True)
class Mistake:
    """Where in the document, and what LibreChat says about it."""

    at: KeyPath
    message: str


def schema_folder() -> Path:
    """Where the package lies: in the Python environment that runs this, by version."""
    return Path(sys.prefix) / "librechat-schema" / versions.schema_package().replace("@", "-")


def install_schema() -> Path:
    """Fetch the package by npm, which comes with Node; raises ToolMissingError where that fails."""
    return install_packages(schema_folder(), (versions.schema_package(),))


def find_mistakes(document: Mapping[str, Any]) -> list[Mistake] | None:
    """What the schema has against a document; None where the package is not installed."""
    package = schema_folder() / "node_modules" / "librechat-data-provider"
    if not package.is_dir():
        return None
    script = files("librechat_aws").joinpath("containers", "judge_yaml.js").read_text("utf-8")
    done = subprocess.run(
        [str(find_node()), "-e", script, str(package)],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return [Mistake(tuple(issue["path"]), issue["message"]) for issue in json.loads(done.stdout)]
