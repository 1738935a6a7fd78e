"""A diagnosis -> the same without what tells whose it is: accounts, ARNs, addresses, ids, tokens, signed URLs.

Names of resources and stacks stay: without them it says nothing. The same account is hidden by the same mark everywhere.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from stackflight.model.redaction import Redactor
from stackflight.patterns import compile_later

_Any = TypeVar("_Any")
_ARN = compile_later(
    r"arn:(aws[a-z-]{0,12}):([a-z0-9-]{1,40}):[a-z0-9-]{0,30}:[0-9a-zA-Z*]{0,20}:[^\s\"'`,;)\]}<>]{1,500}"
)
_FORMS = (
    (compile_later(r"https?://[^\s\"'<>]{1,200}\?[^\s\"'<>]{0,4000}"), "[signed url]"),
    (compile_later(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,12}"), "[e-mail]"),
    (compile_later(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "[address]"),
    (compile_later(r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])"), "[address]"),
    (compile_later(r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?![\w:])"), "[address]"),
    (compile_later(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "[id]"),
    (compile_later(r"\b(?:vpc|subnet|sg|eni|i|igw|nat|rtb|eipalloc|vpce|ami|snap|vol|acl|tgw|fs|fsap)-[0-9a-f]{8,17}\b"), "[id]"),
    (compile_later(r"(?<!\d)\d{12}(?!\d)"), "[account]"),
)  # fmt: skip
_EXTENDED = compile_later(r"(?i)(Extended Request ID|Request ID|RequestId|RequestToken)([:=] ?)[A-Za-z0-9+/=_-]{6,200}")


def hide_text(text: str) -> str:
    """The text without secrets and identities."""
    text = Redactor().text(text)
    text = _ARN.sub(lambda arn: f"[{arn[2]} arn]", text)
    text = _EXTENDED.sub(r"\1\2[id]", text)
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text


def hide(value: _Any) -> _Any:
    """Any noun or plain value with every text in it hidden."""
    return _hidden(value)  # type: ignore[no-any-return]


def _hidden(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return hide_text(value)
    if isinstance(value, tuple):
        return tuple(_hidden(one) for one in value)
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    if isinstance(value, dict):
        return {key: _hidden(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _hidden(getattr(value, field.name)) for field in fields(value)})
    return value
