"""What Docker, and what takes its commands, pulls in a script: the images that are started, pulled, composed and built on, and
the registries that hold them.

Sources: Docker CLI reference (docker run, docker pull, docker build, docker compose); Dockerfile reference (FROM); Compose file
reference (image); manuals of nerdctl, Finch and Podman, which looks for short names wherever its registries.conf says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.patterns import compile_later

HUBS = {"docker.io": "registry-1.docker.io"}
_ENGINE = r"(?:docker|podman|nerdctl|finch)"
DOCKER = (
    rf"(?:{_ENGINE}\s+(?:(?:container|image)\s+)?(?:run|pull|(?:buildx\s+)?build)\s"
    r"|docker[-\s]+compose\s[^\n;&|]*\b(?:up|pull|run)\b)"
)
"""How a command begins that may pull an image."""
_BUILD = rf"\b{_ENGINE}\s+(?:buildx\s+|image\s+)?build\b"
# Options of `docker run` that take no value of their own, in either form.
_BARE = compile_later(
    r"-(?:[dit]+|P)$|--(?:detach|rm|init|interactive|tty|privileged|read-only|publish-all|no-healthcheck|oom-kill-disable|quiet)$"
)
_IMAGE = compile_later(r"[a-z0-9][\w./:@-]*")
_VERB = compile_later(rf"\b{_ENGINE}\s+(?:(?:container|image|buildx)\s+)?(\w+)")
# A line of a Dockerfile in a here-document, or written by echo.
_FROM = compile_later(
    r"(?im)^\s*(?:(?:echo|printf)\s+(?:-\S+\s+)*[\"'])?FROM\s+(?:--platform=\S+\s+)?([^\s\"'\\]+)(?:\s+AS\s+([\w.-]+))?"
)
_COMPOSED = compile_later(r"(?m)^\s+image:\s*[\"']?([^\s\"'#]+)")
_WRITTEN = compile_later(r"(?i)dockerfile|-f\s+-|\bbuild\s+-\s")


def images_of(line: str, script: str) -> Iterator[str]:
    """The images that a command of a script takes from a registry, without short names of Podman's."""
    for image in _named(line, script):
        if "podman" not in line or image_host(image) == image.partition("/")[0]:
            yield image


def _named(line: str, script: str) -> Iterator[str]:
    """The images that a command of a script takes from a registry; what the script has built is there already.

    Of `docker build` those are the base images of a Dockerfile that the script writes itself, of `docker compose` the images
    of such a file; where they lie among the sources, nobody sees them.
    """
    if re.search(r"\bdocker[-\s]+compose\b", line):
        yield from _composed(script)
        return
    verb = _VERB.search(line)
    if verb and verb.group(1) == "build":
        yield from _base_images(script)
        return
    built = set(re.findall(_BUILD + r"[^\n]*?(?:-t|--tag)[ =](\S+)", script))
    image = _started(re.split(r"[;&|>]", line)[0].split())
    if image and image not in built:
        yield image


def _composed(script: str) -> Iterator[str]:
    """The images of a compose file that the script writes and builds nothing for."""
    if re.search(r"(?m)^\s*services:\s*$", script) and not re.search(r"(?m)^\s+build:", script):
        yield from (image for image in _COMPOSED.findall(script) if _IMAGE.fullmatch(image))


def _base_images(script: str) -> Iterator[str]:
    if not _WRITTEN.search(script):
        return
    stages: set[str] = {"scratch"}
    for image, stage in _FROM.findall(script):
        if image not in stages and _IMAGE.fullmatch(image):
            yield image
        stages.add(stage)


def _started(words: list[str]) -> str:
    """The first word behind `docker run` or `pull` that is neither an option nor the value of one."""
    index = next((at for at, word in enumerate(words) if word in {"run", "pull"}), len(words)) + 1
    while index < len(words) and words[index].startswith("-"):
        index += 1 if _BARE.match(words[index]) or "=" in words[index] else 2
    image = words[index].strip("\"'") if index < len(words) else ""
    return image if _IMAGE.fullmatch(image) else ""


def image_host(image: str) -> str:
    """The registry host of an image name; names without one come from Docker Hub."""
    first, slash, _ = image.partition("/")
    host = first.partition(":")[0] if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"
    return HUBS.get(host, host)
