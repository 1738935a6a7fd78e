"""Text -> the same text without what opens doors: at the ledger's door, before screens, files and messages.

What is known to be secret (values of NoEcho parameters) is taken out wherever it stands; the rest is known by its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from stackflight.model.event import Event
from stackflight.patterns import compile_later

HIDDEN = "[redacted]"
_SHORTEST = 4
_NAMES = (
    r"(?!(?:client)?requesttoken|nexttoken)[\w.-]*(?:passw(?:or)?d|passphrase|secret|secret[_-]?string|token|api[_-]?key|"
    r"access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|authorization|credentials?|signature|connection[_-]?string)"
)
_FORMS = (
    (compile_later(r"(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"), HIDDEN),
    (compile_later(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.S), HIDDEN),
    (compile_later(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), HIDDEN),
    (compile_later(r"(?i)([?&](?:x-amz-[\w-]+|signature|awsaccesskeyid|sig|token|key|code|password)=)[^&\s\"'<>]+"), r"\1" + HIDDEN),
    (compile_later(r"(?i)(https?://hooks\.slack\.com/services/)[^\s\"'<>]+"), r"\1" + HIDDEN),
    (compile_later(r"(?i)(https?://[^\s/\"'<>]*webhook[^\s/\"'<>]*/|https?://[^\s\"'<>]+/webhooks?/)[^\s\"'<>]+"), r"\1" + HIDDEN),
    (compile_later(r"([a-zA-Z][\w+.-]*://[^\s/:@\"']*):[^\s/@\"']+@"), r"\1:" + HIDDEN + "@"),
    (compile_later(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 " + HIDDEN),
    (compile_later(rf"(?i)([\"']?(?<![\w.-])(?:{_NAMES})[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|(?!\[redacted)[^\s,;&}}\"']{{4,}})"), r"\1" + HIDDEN),
)  # fmt: skip

_VARIABLES = frozenset({"variables", "environmentvariables", "runtimeenvironmentvariables"})
_ENVIRONMENTS = _VARIABLES | {"environment"}
_DYNAMIC = "{{resolve:"
"""A value that is looked up elsewhere, and no secret itself. Source: User Guide, dynamic references."""


class Redactor:
    """Takes secrets out of text. `secrets` are values known to be secret; very short ones would blacken everything."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._known = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for form, instead in _FORMS:
            text = form.sub(instead, text)
        return text

    def event(self, event: Event) -> Event:
        """The event with its reason and physical id cleaned."""
        reason, physical = self.text(event.reason), self.text(event.physical_id)
        if reason == event.reason and physical == event.physical_id:
            return event
        return replace(event, reason=reason, physical_id=physical)

    def data(self, value: Any) -> Any:
        """Plain data with every text in it cleaned; keys that name a secret lose their value whole.

        So does each variable of an environment: its name says enough.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {str(key): self._entry(str(key), item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(item) for item in value]
        return value

    def _entry(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(_DYNAMIC):
            return value
        if isinstance(value, str) and value and re.fullmatch(rf"(?i)(?:{_NAMES})", key):
            return HIDDEN
        if isinstance(value, str) and key == "CloudTrailEvent":
            return self._record(value)
        return self.data(_without_values(value) if key.lower() in _ENVIRONMENTS else value)

    def _record(self, text: str) -> str:
        """A record of the trail, which is JSON inside JSON and holds what was asked, environments too."""
        try:
            return json.dumps(self.data(json.loads(text)))
        except (ValueError, RecursionError):
            return self.text(text)


def _without_values(environment: Any) -> Any:
    """Environment variables as AWS's services and templates write them, pairs or a mapping, without their values."""
    if isinstance(environment, (list, tuple)):
        return [_without_value(one) for one in environment]
    if isinstance(environment, Mapping):
        inner = {key: _without_values(value) for key, value in environment.items() if key.lower() in _VARIABLES}
        hidden = {key: HIDDEN if isinstance(value, str) else value for key, value in environment.items()}
        return {**environment, **inner} if inner else hidden  # what stands beside the variables is none of them
    return environment


def _without_value(pair: Any) -> Any:
    if not isinstance(pair, Mapping):
        return pair
    return {key: HIDDEN if key.lower() == "value" and isinstance(value, str) else value for key, value in pair.items()}
