"""A request -> which operation of which service it calls, whatever the service's protocol."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qsl

from stackflight.patterns import compile_later
from stackflight.records import dataclass

Environ = dict[str, Any]
_SCOPE = compile_later(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class Caller:
    """Who a request is from, and which service of which Region it is for. All empty where it is not signed."""

    key: str = ""
    token: str = ""
    region: str = ""
    service: str = ""


def read_caller(environ: Environ) -> Caller:
    """What the signature says, in a header or, of a presigned URL, in the query."""
    asked = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    signed = environ.get("HTTP_AUTHORIZATION", "") or f"Credential={asked.get('X-Amz-Credential', '')}"
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "") or asked.get("X-Amz-Security-Token", "")
    match = _SCOPE.search(signed)
    if match is None:
        return Caller()
    return Caller(match["key"], token, match["region"], match["service"].lower())


def is_unsigned_cloudformation(environ: Environ, caller: Caller) -> bool:
    """Whether nobody has signed what is CloudFormation's by its version."""
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    asked = form or "Action=" in environ.get("QUERY_STRING", "")
    return not caller.service and asked and read_form(environ).get("Version") == "2010-05-15"


def read_form(environ: Environ) -> dict[str, str]:
    """The fields of a request in the query protocol, from its URL and its body, which can be read again afterwards."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    text = f"{environ.get('QUERY_STRING', '')}&{body.decode('utf-8', 'replace')}"
    return dict(parse_qsl(text, keep_blank_values=True))


def name_call(environ: Environ, caller: Caller) -> str:
    """`cloudformation DescribeStacks`, `ssm GetParameter`, `s3 GET object`."""
    service = caller.service or "unsigned"
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return f"{service} {target.rpartition('.')[2]}"
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return f"{service} {read_form(environ).get('Action', '')}"
    depth = len([part for part in environ.get("PATH_INFO", "").split("/") if part])
    what = ("service", "bucket")[depth] if depth < 2 else "object"
    asked = sorted(key for key, _ in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    kept = [key for key in asked if key.islower() and not key.startswith("x-")]
    return f"{service} {environ['REQUEST_METHOD']} {what}{'?' if kept else ''}{'&'.join(kept)}"
