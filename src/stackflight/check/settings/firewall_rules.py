"""World -> findings on the rules of AWS Network Firewall that Suricata does not take.

Sources: AWS Network Firewall API Reference (StatefulRule, RuleOption: a rule needs a sid); Suricata documentation (payload keywords: modifiers
of content stand behind it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, known_text
from stackflight.patterns import compile_later

_MODIFIERS = {"nocase", "depth", "offset", "distance", "within", "startswith", "endswith", "rawbytes"}
_OPTION = compile_later(r'((?:[^;"\\]|\\.|"(?:[^"\\]|\\.)*")+)(?:;|$)')
_PLACE: At = ("RuleGroup", "RulesSource")

FIREWALL_RULE_REFUSED = Check(
    "firewall-rule-refused",
    found_when="a stateful rule has no signature id, that of another rule of its group, or a modifier in front of the content that it modifies",
    explains="Network Firewall has Suricata read the rules when the group is made. Rules of which a part is not known are left alone.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_RuleOption.html",
        "https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-limitations-caveats.html",
    ),
)


@finds(FIREWALL_RULE_REFUSED)
def find_refused_firewall_rules(case: Case) -> Iterator[Finding]:
    """The first thing that is wrong with each rule."""
    for group in case.world.of_type("AWS::NetworkFirewall::RuleGroup"):
        seen: set[str] = set()
        for number, options, at in _rules(group):
            wrong, remedy, says = _defect(options, seen)
            if wrong:
                yield refused(
                    case, FIREWALL_RULE_REFUSED, [group.address], f"rule {number} of {group.address} {wrong}", remedy, at, says=says
                )  # fmt: skip


def _defect(options: list[tuple[str, str]], seen: set[str]) -> tuple[str, str, str]:
    """What is wrong with a rule's options, what to do, and Suricata's reason; empty where nothing is."""
    keywords = [keyword for keyword, _ in options]
    first = next((keyword for keyword in keywords if keyword in _MODIFIERS or keyword == "content"), "content")
    sid = next((value for keyword, value in options if keyword == "sid"), "")
    if first != "content" and "pcre" not in keywords:
        return (
            f"has {first} in front of the content that it modifies",
            f"put {first} behind content",
            aws_says("firewall-rule-refused.modifier", keyword=first),
        )
    if not sid:
        return "has no signature id", "add the keyword sid with a number", aws_says("firewall-rule-refused.sid")
    if sid in seen:
        return f"has the signature id {sid}, as a rule before it", "give each rule a sid of its own", ""
    seen.add(sid)
    return "", "", ""


def _rules(group: Resource) -> Iterator[tuple[int, list[tuple[str, str]], At]]:
    """The stateful rules of a group that are known as a whole: number, options, place."""
    for index, rule in enumerate(as_list(group.get(*map(str, _PLACE), "StatefulRules"))):
        given = as_dict(rule).get("RuleOptions")
        parts = [_part(as_dict(item)) for item in given] if isinstance(given, list) else []
        if parts and all(part is not None for part in parts):
            yield (
                index + 1,
                [part for part in parts if part is not None],
                (*_PLACE, "StatefulRules", index, "RuleOptions"),
            )
    text = known_text(group.get(*map(str, _PLACE), "RulesString"))
    lines = (text or "").replace("\\\n", " ").splitlines()
    for number, line in enumerate((line for line in lines if line.strip() and line.strip()[0] != "#"), 1):
        found = re.fullmatch(r"\s*\w+\s.*?\((.*)\)\s*", line)
        if found:
            written = (one.strip().partition(":") for one in _OPTION.findall(found[1]) if one.strip())
            yield number, [(key.strip().lower(), value.strip()) for key, _, value in written], (*_PLACE, "RulesString")


def _part(option: dict[str, Value]) -> tuple[str, str] | None:
    """A keyword with its settings; "sid:1" may be written as one keyword."""
    keyword = known_text(option.get("Keyword"))
    settings = [known_text(item) for item in as_list(option.get("Settings"))]
    if keyword is None or None in settings:
        return None
    key, _, value = keyword.partition(":")
    return key.strip().lower(), (value or ",".join(map(str, settings))).strip()
