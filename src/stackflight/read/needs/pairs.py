"""Variables that hold a host beside one that holds its port -> the address that both give.

What stands in a variable of its own is often for somebody else: the name of a load balancer is what browsers call. The
names of endpoints and the private addresses of machines are for those who connect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stackflight.model.value import Value, known_text, references_in
from stackflight.patterns import compile_later
from stackflight.read.intrinsics import concatenate

_HOST = compile_later(r"(.*?)_?(?:HOST|HOSTNAME|HOST_NAME|ADDRESS|ADDR|SERVER|IP|ENDPOINT|DNS|DNS_NAME)", re.IGNORECASE)
_PRIVATE = ("DnsEntries", "PrivateIp", "PrivateDnsName", "PrimaryPrivateIpAddress", "DnsEntry")


def paired(variables: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The addresses `host:port` of an environment, by the name of the host's variable."""
    ports = {name.upper(): text for name, value in variables.items() if (text := known_text(value) or "").isdigit()}
    for name, value in variables.items():
        match = _HOST.fullmatch(name)
        attributes = [reference.attribute for reference in references_in(value)] if match and ports else []
        if match is None or not any(attribute.startswith(_PRIVATE) for attribute in attributes):
            continue
        prefix = match.group(1).upper()
        port = ports.get(f"{prefix}_PORT" if prefix else "PORT") or ports.get(f"{prefix}PORT")
        if port is not None:
            yield name, concatenate([value, f":{port}"])
