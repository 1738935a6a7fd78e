"""versions.json in, image references and engine versions out: the one place that names what ages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final


@dataclass(frozen=True)
class Image:
    """A container image pinned by tag, and by `digest` where public sources state it; the host is in the repository."""

    repository: str
    tag: str
    digest: str | None = None

    @property
    def reference(self) -> str:
        """What is pulled: a tag that was moved is refused where the digest is known."""
        return f"{self.repository}:{self.tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def mirror_repository(self) -> str:
        """Name of the private ECR repository that holds a copy: the path without the registry host."""
        return self.repository.partition("/")[2]


_DATA: Final[dict[str, Any]] = json.loads(files("librechat_aws").joinpath("versions.json").read_text("utf-8"))


def image(name: str) -> Image:
    """The pinned image of one component, e.g. `librechat` or `rag_api`; KeyError for an unknown name."""
    entry = _DATA["images"][name]
    return Image(entry["repository"], entry["tag"], entry["digest"])


def unverified() -> tuple[str, ...]:
    """Names of the images whose digest no public source states: that their tags exist was not verified."""
    return tuple(name for name, entry in _DATA["images"].items() if entry["digest"] is None)


def engine(name: str) -> str:
    """The engine version of one managed store, e.g. `documentdb`."""
    version: str = _DATA["engines"][name]["version"]
    return version


def chat_models() -> tuple[str, ...]:
    """Bedrock model or inference-profile ids that LibreChat offers unless the settings name others."""
    return tuple(_DATA["bedrock"]["chat_models"])


def embedding_model() -> str:
    """Bedrock model id that rag_api embeds with."""
    model: str = _DATA["bedrock"]["embedding_model"]
    return model


def librechat_yaml_schema() -> str:
    """`version` field of the rendered librechat.yaml."""
    version: str = _DATA["librechat_yaml_schema"]["version"]
    return version


def default_capabilities() -> tuple[str, ...]:
    """What agents may do in LibreChat unless a librechat.yaml says otherwise."""
    return tuple(_DATA["agent_capabilities"]["default"])


def schema_package() -> str:
    """The npm package, `name@version`, whose schema judges a librechat.yaml."""
    package: str = _DATA["librechat_yaml_schema"]["package"]
    return package
