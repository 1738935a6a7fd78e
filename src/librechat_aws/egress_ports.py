"""Variables and settings in, the ports out on which LibreChat must reach other hosts, beside 443.

A variable that names an address or a port of its own is a need: the group of LibreChat lets out nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_DEFAULT_PORTS: Final = {
    "http": 80,
    "ws": 80,
    "https": 443,
    "wss": 443,
    "ldap": 389,
    "ldaps": 636,
    "redis": 6379,
    "rediss": 6379,
    "mongodb": 27017,
    "postgres": 5432,
    "postgresql": 5432,
    "smtp": 587,
    "smtps": 465,
}
_ADDRESS: Final = re.compile(r"\b([a-z]+)://(?:[^\s/@]*@)?(\[[0-9a-fA-F:]+\]|[^\s/:?#,\"']+)(?::(\d{1,5}))?")
# Mail is handed over on 587, or on 465 where TLS comes first; a service known by its name may use either.
SUBMISSION: Final = 587
_MAIL_SERVICES: Final = (465, SUBMISSION)
# LibreChat's own; what a browser opens is not LibreChat's affair.
_FOR_BROWSERS: Final = frozenset({"HELP_AND_FAQ_URL", "OPENID_IMAGE_URL", "SAML_IMAGE_URL", "ADMIN_PANEL_URL"})
_HERE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def ports_of_variables(variables: Mapping[str, str]) -> frozenset[int]:
    """Ports named by LibreChat's variables: addresses in any of them, and the mail server's."""
    ports = {port for name, value in variables.items() if name not in _FOR_BROWSERS for port in ports_in(value)}
    if variables.get("EMAIL_SERVICE"):
        ports.update(_MAIL_SERVICES)
    elif variables.get("EMAIL_HOST"):
        port = variables.get("EMAIL_PORT", str(SUBMISSION))
        ports.update({int(port)} if port.isdecimal() else set())
    return frozenset(ports)


def ports_in(text: str) -> Iterable[int]:
    """The ports of all addresses in a text, each its own or its scheme's; unknown schemes without a port are none."""
    for scheme, host, port in _ADDRESS.findall(text):
        number = int(port) if port else _DEFAULT_PORTS.get(scheme)
        if host not in _HERE and number is not None and 0 < number < 65536:
            yield number
