"""A librechat.yaml in, what LibreChat's own schema has against it out.

The schema is code: that of the npm package which LibreChat itself reads its configuration with, pinned in versions.json.
`install_schema` fetches it once; without it `find_mistakes` says that nothing was judged, by None.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from librechat_aws import versions
from librechat_aws.errors import ToolMissingError
from librechat_aws.node import ensure_node
from librechat_aws.own_yaml import KeyPath

SECONDS = 180


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
    folder = schema_folder()
    folder.mkdir(parents=True, exist_ok=True)
    node = _node()
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = [str(node), str(npm)] if npm.is_file() else ["npm"]
    arguments = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefix", str(folder)]
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        subprocess.run(
            [*program, *arguments, versions.schema_package()],
            env=environment,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissingError(
            f"npm cannot install {versions.schema_package()}", "npm needs a registry; see npm config get registry."
        ) from error
    return folder


def find_mistakes(document: Mapping[str, Any]) -> list[Mistake] | None:
    """What the schema has against a document; None where the package is not installed."""
    package = schema_folder() / "node_modules" / "librechat-data-provider"
    if not package.is_dir():
        return None
    script = files("librechat_aws").joinpath("containers", "judge_yaml.js").read_text("utf-8")
    done = subprocess.run(
        [str(_node()), "-e", script, str(package)],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return [Mistake(tuple(issue["path"]), issue["message"]) for issue in json.loads(done.stdout)]


def _node() -> Path:
    environment = dict(os.environ)
    ensure_node(environment)
    return Path(environment["JSII_NODE"])
