"""The environment of a workload -> the proxy that carries what it sends over HTTPS, and the hosts that are spared.

Source: Python urllib.request (proxies from the environment, no_proxy), boto3 guide (configuration, proxies).
"""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.model.value import Unknown, Value, known_text, render
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Proxy:
    """`spared` are the names that are asked directly, with all below them; None where that is not known."""

    spared: tuple[str, ...] | None

    def carries(self, host: str) -> bool:
        """Whether a request for a host goes to the proxy; an unknown list spares nobody."""
        return all(name != "*" and host != name and not host.endswith(f".{name}") for name in self.spared or ())


def proxy_of(variables: Mapping[str, Value]) -> Proxy | None:
    """The proxy for HTTPS that an environment names, if it does."""
    by_name = {name.lower(): value for name, value in variables.items()}
    if not _is_set(by_name.get("https_proxy")) and not _is_set(by_name.get("all_proxy")):
        return None
    given = by_name.get("no_proxy")
    if isinstance(given, Unknown):
        return Proxy(None)
    return Proxy(tuple(part.strip().lstrip("*.").lower() or "*" for part in render(given).split(",") if part.strip()))


def _is_set(value: Value) -> bool:
    return value is not None and known_text(value) != ""
