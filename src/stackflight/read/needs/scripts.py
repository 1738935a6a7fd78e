"""The text of a start script -> what it reaches: packages, downloads, registries, AWS services, CloudFormation.

Patterns are cautious and read commands only: comments are left out, a word counts at the start of a command. What a
script may do in a branch that is not taken is still found, so most of it is *possible*, not certain.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import lru_cache

from stackflight.model.call import Call
from stackflight.patterns import compile_later
from stackflight.read.needs.cli import calls_of_line
from stackflight.read.needs.commands import COMMANDS, INDEXES, NAMED, OTHER_INDEX
from stackflight.read.needs.docker import DOCKER, HUBS, image_host, images_of
from stackflight.read.needs.services import endpoint_of_client
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """`fetches` are (what, host, command) of packages, downloads and images that the script names as its own steps.

    `packages` is the command that installs packages of Amazon Linux, empty where there is none.
    `registries` are hosts of image references anywhere in it, `services` endpoint names that the AWS CLI calls, `called` those that a step
    of its own calls, `calls` what these steps ask, None for what cannot be told, `listed` whether cloud-config lists packages,
    `signals` whether it signals or initialises through CloudFormation, `joins_cluster` whether it sets ECS_CLUSTER,
    `mounts` the command that mounts a network file system, `proxied` whether it names a proxy for what it fetches, `elsewhere` endpoint names that the AWS CLI calls by an address that it is given and no other, `dual` whether it asks for
    names with IPv6 addresses, `heeds` whether a step that fails
    fails the script or its signal.
    """

    fetches: tuple[tuple[str, str, str], ...] = ()
    packages: str = ""
    registries: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    calls: tuple[tuple[str, Call | None], ...] = ()
    listed: bool = False
    signals: bool = False
    joins_cluster: bool = False
    mounts: str = ""
    proxied: bool = False
    elsewhere: tuple[str, ...] = ()
    dual: bool = False
    heeds: bool = True


# Amazon Linux keeps its repositories in Amazon S3, so that a gateway endpoint is enough for them.
# Source: Amazon Linux User Guide, "Access repositories through an S3 endpoint".
_S3_PACKAGES = rf"(?:yum|dnf|amazon-linux-extras)\s+(?:-\S+\s+)*(?:update|upgrade|install{NAMED})"
_TOLERATED = compile_later(r"\|\|\s*(?:true|:|/bin/true|echo)\b|\|\|\s*:")
_OWN_ARCHIVE = compile_later(r"\bsed\b[^\n]*\bsources\b|>\s*/etc/apt/sources\.list(?!\.d)\b")
"""A script that writes where packages come from, by whatever name and port."""
OWN_REGION = "own-region-0"
"""What stands for the stack's own Region in the hosts of a script."""
_START = r"(?m)(?:^|[;&|]|&&|-c\s+[\"']|\bsudo\s|\bretry\s+\d+\s)\s*"
_URL = compile_later(r"https?://([A-Za-z0-9.-]+\.[a-z]{2,})")
_PULL = compile_later(r"\bdocker\s+pull\s+(?:-\S+\s+)*[\"']?([a-z0-9][\w./:@-]*)[\"']?\s*(?:$|[;&|>])", re.MULTILINE)
_IMAGE = compile_later(r"(?<![\w./:-])((?:[a-z0-9-]+\.)+[a-z]{2,})/[a-z0-9._/-]+:v?\d[\w.-]*")
_AWS_CLI = compile_later(
    rf"{_START}(?:\w+=\$\()?(?:/usr/(?:local/)?bin/)?aws\s+(?:--\S+\s+\S+\s+)*([a-z0-9-]{{2,30}})\s+[a-z]|\$\(aws\s+([a-z0-9-]{{2,30}})\s+[a-z]"
)
_NO_SERVICE = {"configure", "help", "history"}
_CLI_NAMES = {"s3api": "s3", "s3control": "s3"}
_SIGNAL = compile_later(r"cfn-signal|cloudformation\s+signal-resource|cfn-init\b")
_MOUNT = r"mount\s+(?:-\S+\s+)*(?:-t\s+|-t)?(?:efs|nfs4?)\b"
_PROXY = compile_later(
    r"\bhttps?_proxy\s*=\s*[\"']?[^\s\"']|--https?-proxy\b|--proxy[ =]|\bcurl\b[^\n]*\s(?-i:-x)\s|^\s*proxy\s*=\s*\S|-Proxy\s+\S"
    r"|proxy(?:\.\w+)?[\"']?\s*[=:\s]\s*[\"']?(?:https?|socks\w*)://",
    re.IGNORECASE | re.MULTILINE,
)
# Source: AWS SDKs and Tools Reference Guide, dual-stack and FIPS endpoints.
_DUAL = compile_later(
    r"\bAWS_USE_DUALSTACK_ENDPOINT\s*=\s*[\"']?true|\buse_dualstack_endpoint\s*[= ]\s*[\"']?true", re.IGNORECASE
)
_STRICT = compile_later(
    r"^\s*\$ErrorActionPreference\s*=\s*[\"']Stop|^#!.*\s-\w*e|^\s*set\s+-\w*e|^\s*set\s+-o\s+errexit|\btrap\b[^\n]*\bERR\b",
    re.MULTILINE,
)
_REPORTS = compile_later(
    r"cfn-signal[^\n]*\s(?:-e|--exit-code)[ =]+[\"']?[$%]|cfn-signal[^\n]*\s(?:-s|--success)[ =]+[\"']?[$%]"
)
_CLUSTER = compile_later(r"ECS_CLUSTER\s*=")


@lru_cache(maxsize=256)
def read_script(text: str) -> ScriptFacts:
    """Facts from a script of a shell, of PowerShell, or of the commands that cloud-config lists."""
    text = as_commands(text).replace("${AWS::Region}", OWN_REGION)
    lines = [line for line in text.splitlines() if not re.match(r"\s*#(?!!)", line)]
    plain = "\n".join(lines)
    registries = {host for host in _IMAGE.findall(plain) if not host.startswith(("www.",))}
    services = {first or second for first, second in _AWS_CLI.findall(plain)} - _NO_SERVICE
    if "--log-driver awslogs" in plain or "--log-driver=awslogs" in plain:
        services.add("logs")
    registries |= {image_host(image) for image in _PULL.findall(plain)}
    if ".dkr.ecr." in plain:
        services |= {"ecr", "ecr.dkr", "s3"}
    own = list(_own_calls(plain))
    return ScriptFacts(
        fetches=tuple({_whence(entry): entry for entry in (*_fetches(plain), *_images(plain))}.values()),
        packages=next((line for line in _commands(plain, _S3_PACKAGES) if not _TOLERATED.search(line)), "")[:60],
        registries=tuple(sorted(HUBS.get(host, host) for host in registries if ".dkr.ecr." not in host)),
        services=tuple(sorted({endpoint_of_client(_CLI_NAMES.get(name, name)) for name in services})),
        called=tuple(dict.fromkeys(name for name, _ in own)),
        calls=tuple(
            dict.fromkeys((name, call) for name, line in own for call in calls_of_line(*_in_region(line, plain)))
        ),
        listed=text.startswith("#cloud-config") and bool(re.search(r"(?m)^packages\s*:", text)),
        signals=bool(_SIGNAL.search(plain)),
        joins_cluster=bool(_CLUSTER.search(plain)),
        mounts=next(_commands(plain, _MOUNT), "")[:60],
        proxied=bool(_PROXY.search(plain)),
        elsewhere=tuple(sorted(_elsewhere(plain))),
        dual=bool(_DUAL.search(plain)),
        heeds=bool(_STRICT.search(text) or _REPORTS.search(plain)),
    )


def _images(text: str) -> Iterator[tuple[str, str, str]]:
    """The registries of images that steps of the script pull, start or build on, but for Amazon ECR's private ones."""
    lines = text.replace("\\\n", " ")
    for line in _commands(lines, DOCKER):
        if not _TOLERATED.search(line) and "docker load" not in lines:
            for host in dict.fromkeys(image_host(image) for image in images_of(line, lines)):
                if ".dkr.ecr." not in host and not host.startswith(("localhost", "127.")):
                    yield "images", host, line[:60]


def _own_calls(text: str) -> Iterator[tuple[str, str]]:
    """Endpoints that the AWS CLI calls in a step whose failure is not tolerated, in the own Region, and the step."""
    for line in _commands(text, r"(?:\w+=\$\()?(?:/usr/(?:local/)?bin/)?aws\s"):
        found = _AWS_CLI.search(line)
        name = (found.group(1) or found.group(2)) if found else ""
        elsewhere = re.search(r"--region[ =](?!\S*" + OWN_REGION + r"|[\"']?\$)|--endpoint-url|--no-sign-request", line)
        if name and name not in _NO_SERVICE and not _TOLERATED.search(line) and not elsewhere:
            yield endpoint_of_client(_CLI_NAMES.get(name, name)), line


def _elsewhere(text: str) -> set[str]:
    """Endpoints that the AWS CLI calls with `--endpoint-url` alone."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for line in text.replace("\\\n", " ").splitlines():
        for first, second in _AWS_CLI.findall(line):
            found["--endpoint-url" in line].add(endpoint_of_client(_CLI_NAMES.get(first or second, first or second)))
    return found[True] - found[False]


def _in_region(*texts: str) -> Iterator[str]:
    return (text.replace(OWN_REGION, "${AWS::Region}") for text in texts)


_BASE64 = compile_later(r"[A-Za-z0-9+/\s]{24,}={0,2}\s*")
_LISTED = compile_later(r"^(\s*)-\s+(?:\[(.*)\]|[\"']?(.*?)[\"']?)\s*$", re.MULTILINE)


def as_commands(text: str) -> str:
    """A script in whatever form it is handed in: as it stands, in base64, or as the items of a list of commands.

    cloud-config and build specifications hold commands as list items, each a text or a list of words. Source: cloud-init
    documentation (runcmd); AWS CodeBuild User Guide (build specification).
    """
    if _BASE64.fullmatch(text) and len("".join(text.split())) % 4 == 0:
        decoded = base64.b64decode(text).decode("utf-8", "replace")
        text = decoded if decoded.isprintable() or ("\n" in decoded and "\ufffd" not in decoded) else text
    if text.lstrip().startswith("{"):
        return _of_json(text)
    text = _IN_BRACKETS.sub(_unbracketed, text)
    if not re.search(r"#cloud-config|^\s*(?:runcmd|commands)\s*:", text, re.MULTILINE):
        return text
    return _LISTED.sub(lambda match: match[1] + (_words(match[2]) if match[2] is not None else match[3]), text)


_IN_BRACKETS = compile_later(r"(?:runcmd|commands)\s*:\s*\[([^\[\]]*)\]")
_ITEM = compile_later(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([^,\"']+?))\s*(?:,|$)")


def _unbracketed(listed: re.Match[str]) -> str:
    """A list of commands that YAML holds in brackets, one command a line."""
    return "\n" + "\n".join(item[1] or item[2] or item[3] for item in _ITEM.finditer(listed[1])) + "\n"


def _of_json(text: str) -> str:
    """The commands of a build specification that is written as JSON."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return text
    phases = given.get("phases") if isinstance(given, dict) else None
    lists = [phase.get("commands") for phase in phases.values() if isinstance(phase, dict)] if isinstance(phases, dict) else []  # fmt: skip
    return "\n".join(line for item in lists if isinstance(item, list) for line in item if isinstance(line, str))


def _words(items: str) -> str:
    return " ".join(item.strip().strip("\"'") for item in items.split(","))


def _fetches(text: str) -> list[tuple[str, str, str]]:
    found = []
    for words, pattern, what, host in COMMANDS:
        if not any(word in text for word in words):
            continue
        for line in _commands(text, pattern):
            url = _URL.search(line) if host == "url" else None
            if _TOLERATED.search(line) or (host in INDEXES and OTHER_INDEX.search(text)):
                continue
            if not host and _OWN_ARCHIVE.search(text):
                continue
            if host == "url" and (url is None or url.group(1).startswith("169.254.")):
                continue
            found.append((what, url.group(1) if url else host, line[:60]))
            if host != "url":
                break
    return list({_whence(entry): entry for entry in reversed(found)}.values())[::-1]


def _whence(entry: tuple[str, str, str]) -> tuple[str, int]:
    return entry[1], port_of_fetch(entry[1], entry[2])


def port_of_fetch(host: str, line: str) -> int:
    """The port of a host in a command: the URL's, else its scheme's; archives of Debian and Ubuntu are asked by plain HTTP.

    Source: Debian wiki, SourcesList; Ubuntu Server documentation, package management (archives of the images for EC2).
    """
    url = re.search(rf"(https?)://(?:[^/@\s]*@)?{re.escape(host)}(?::(\d{{1,5}}))?", line) if host else None
    if url is not None:
        return int(url.group(2) or (80 if url.group(1) == "http" else 443))
    return 80 if not host and re.search(r"\bapt(?:-get)?\s", line) else 443


def _commands(text: str, pattern: str) -> Iterator[str]:
    """Every command line that a pattern starts."""
    for match in re.finditer(_START + pattern, text):
        end = text.find("\n", match.end())
        yield text[match.start() : end if end >= 0 else len(text)].strip(" ;&|\n")
