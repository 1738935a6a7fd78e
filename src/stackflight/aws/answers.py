"""The client of a service -> the same client, with what it answers kept in its own form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from stackflight.model.evidence import Answer

_LARGEST_BYTES = 500_000

Sift: TypeAlias = Callable[[str, Any], Any]
"""Takes out of an answer to a call what is not about the run."""


class Heard:
    """Passes questions on to a client and tells `keep` each answer; pages are answers of their own."""

    def __init__(self, client: Any, service: str, keep: Callable[[Answer], None], sift: Sift) -> None:
        self._client = client
        self._service = service
        self._keep = keep
        self._sift = sift

    def get_paginator(self, call: str) -> _Pages:
        """The pages of a call."""
        return _Pages(self._client.get_paginator(call), lambda asked, page: self._note(call, asked, page))

    def __getattr__(self, call: str) -> Callable[..., Any]:
        def ask(**asked: Any) -> Any:
            answer = getattr(self._client, call)(**asked)
            self._note(call, asked, answer)
            return answer

        return ask

    def _note(self, call: str, asked: dict[str, Any], answer: Any) -> None:
        told = self._sift(call, {key: value for key, value in answer.items() if key != "ResponseMetadata"})
        text = json.dumps(told, default=str)
        body = json.loads(text) if len(text) <= _LARGEST_BYTES else f"not kept: {len(text)} bytes"
        self._keep(Answer(self._service, call, json.loads(json.dumps(asked, default=str)), body))


class _Pages:
    def __init__(self, paginator: Any, note: Callable[[dict[str, Any], Any], None]) -> None:
        self._paginator = paginator
        self._note = note

    def paginate(self, **asked: Any) -> Iterator[Any]:
        for page in self._paginator.paginate(**asked):
            self._note(asked, page)
            yield page
