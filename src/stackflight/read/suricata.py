"""Rules of a firewall in Suricata's own language -> what they say of connections over TCP, as far as it is plain.

Read are actions, addresses, ports, the host of TLS and HTTP by its content, and whether a rule is for connections that
begin or that stand; every other option makes the rule unknown. Sources: AWS Network Firewall Developer Guide, examples of
stateful rules; Suricata User Guide, rules format, payload keywords (startswith, endswith, dotprefix), flow keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from stackflight.model.identify import to_block
from stackflight.model.middlebox import Content, Ends, HostRule, PacketRule, StatefulRule
from stackflight.model.ranges import Block, Ports
from stackflight.model.value import Address, Unknown
from stackflight.patterns import compile_later

_PLACE = r"(\[[^\]]*\]|\S+)"
_RULE = compile_later(
    rf"(pass|drop|reject|alert)\s+([a-z0-9-]+)\s+{_PLACE}\s+{_PLACE}\s+(->|<>)\s+{_PLACE}\s+{_PLACE}\s*\((.*)\)\s*"
)
_OPTION = compile_later(r"\s*([\w.]+)\s*(?::((?:\"(?:\\.|[^\"\\])*\"|[^;\"])*))?;")
_SAYS_NOTHING = {"msg", "sid", "rev", "gid", "metadata", "classtype", "priority", "reference", "nocase", "fast_pattern"}
_NOT_TCP = {"udp", "icmp", "dns", "dhcp", "ntp", "tftp", "quic", "ikev2"}
_HOSTS = {"tls": ("tls.sni", 443), "http": ("http.host", 80)}
_OF_CONNECTIONS = {"to_server", "from_client", "established", "not_established"}


def read_rules(owner: Address, text: str, variables: Mapping[str, Ends]) -> Iterator[StatefulRule]:
    """The rules of a text in their order. `variables` are the sets of addresses that the rule group defines."""
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        if line and not line.startswith("#"):
            match = _RULE.fullmatch(line)
            unread = Unknown(f"a rule of {owner}", (f"resource {owner}",))
            found = _rule(owner, match, variables) if match is not None and match[5] == "->" else None
            yield found if found is not None else unread


def _rule(owner: Address, match: re.Match[str], variables: Mapping[str, Ends]) -> StatefulRule | None:
    action, protocol, options = match[1], match[2], list(_options(match[8]))
    if action == "alert" or protocol in _NOT_TCP:
        return PacketRule(owner, "forward", (), (), ())
    flow = {part.strip() for name, text in options if name == "flow" for part in text.split(",")}
    if not options or flow - _OF_CONNECTIONS or match[4] != "any":
        return None
    ends, ports = (_ends(match[3], variables), _ends(match[6], variables)), read_ports(match[7])
    home = any(text.lstrip("!") in {"$HOME_NET", "$EXTERNAL_NET"} for text in (match[3], match[6]))
    action, rest = (
        "pass" if action == "pass" else "drop",
        [item for item in options if item[0] not in {*_SAYS_NOTHING, "flow"}],
    )
    if protocol in _HOSTS and "not_established" not in flow:
        buffer, port = _HOSTS[protocol]
        contents = _contents(rest, buffer)
        return HostRule(owner, action, port, *ends, ports, contents, home) if contents is not None else None
    if protocol not in {"tcp", "ip"} or rest or (action == "pass" and "established" in flow):
        return None
    # What only lets connections begin lets none through, and what drops a part of them lets none live.
    action = "forward" if action == "pass" and "not_established" in flow else action
    return PacketRule(owner, action, *ends, ports, home=home)


def _options(text: str) -> Iterator[tuple[str, str]]:
    """The options with their values; none at all where some part is not an option."""
    found = list(_OPTION.finditer(text))
    if "".join(match[0] for match in found).strip() == text.strip():
        yield from ((match[1], (match[2] or "").strip()) for match in found)


def _contents(options: list[tuple[str, str]], buffer: str) -> tuple[Content, ...] | None:
    """What the host has to hold; every host where no option speaks of it, None where one is not understood."""
    found: list[Content] = []
    inside = dotted = False
    for name, text in options:
        if name == buffer and not inside:
            inside = True
        elif inside and name == "dotprefix" and not found:
            dotted = True
        elif inside and name == "content" and (given := re.fullmatch(r"\"([\w.-]+)\"", text)):
            found.append(Content(given[1].lower(), dotted=dotted))
        elif found and name in {"startswith", "endswith"}:
            last = found.pop()
            found.append(
                Content(last.text, last.starts or name == "startswith", last.ends or name == "endswith", dotted)
            )
        elif (name, text) != ("ssl_state", "client_hello"):
            return None
    return None if inside and not found else tuple(found)


def _ends(text: str, variables: Mapping[str, Ends]) -> Ends:
    """The addresses of an end: by default HOME_NET is the firewall's VPC, and EXTERNAL_NET everything else."""
    if text in {"any", "$EXTERNAL_NET", "!$HOME_NET"}:
        return ()
    if text.startswith("$"):
        return variables.get(text[1:], () if text == "$HOME_NET" else Unknown(f"the addresses {text} of a rule"))
    return read_blocks(text)


def read_blocks(text: str) -> Ends:
    """An address or a list of them in brackets, as rules write them in either form."""
    return all_known(
        [to_block(part.strip()) for part in text.strip("[]").split(",")], f"the addresses {text} of a rule"
    )


def all_known(blocks: Sequence[Block | Unknown], what: str) -> Ends:
    """The blocks, where there are some and each is known; `what` they are otherwise."""
    known = tuple(item for item in blocks if isinstance(item, Block))
    return known if known and len(known) == len(blocks) else Unknown(what)


def read_ports(text: str) -> Ports | Unknown:
    """A port, a range (`low:high`) or a list of them in brackets; nothing for any."""
    found: list[tuple[int, int]] = []
    for part in text.strip("[]").split(",") if text != "any" else ():
        low, between, high = part.strip().partition(":")
        if not low.isdigit() or not (high.isdigit() or not between):
            return Unknown(f"the ports {text} of a rule")
        found.append((int(low), int(high or low)))
    return tuple(found)
