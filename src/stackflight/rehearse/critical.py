"""Spans of one run -> the critical path: the chain of waiting that ends with what ended last."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.model.estimate import Span


def find_critical_path(spans: Sequence[Span]) -> tuple[Span, ...]:
    """From the first resource to the one that ended last, each waited for by the next.

    Where the run failed, the path leads to the first failure and, behind it, to the end of the way back.
    """
    forward = [span for span in spans if span.operation != "delete"]
    failed = [span for span in forward if span.outcome == "failed"]
    if failed:
        head = _walk_back(failed[0], forward)
        back = [span for span in spans if span.operation == "delete" and span.start >= failed[0].end]
        return (*head, *(_walk_back(max(back, key=lambda span: span.end), back) if back else ()))
    last = max(spans, key=lambda span: span.end, default=None)
    return _walk_back(last, spans) if last is not None else ()


def _walk_back(last: Span, spans: Sequence[Span]) -> tuple[Span, ...]:
    by_name = {(span.stack, span.resource): span for span in spans}
    path = [last]
    while True:
        head = path[0]
        before = by_name.get((head.stack, head.cause)) if head.cause else _enclosing(head, by_name, spans)
        if before is None or before in path:
            return tuple(path)
        path.insert(0, before)


def _enclosing(span: Span, by_name: dict[tuple[str, str], Span], spans: Sequence[Span]) -> Span | None:
    """What a stack's first resource waited for: the parent's earlier resources, or the stacks deployed before."""
    if "/" in span.stack:
        parent, id = span.stack.rsplit("/", 1)
        outer = by_name.get((parent, id))
        return by_name.get((parent, outer.cause)) if outer is not None and outer.cause else None
    earlier = [other for other in spans if other.stack != span.stack and other.end <= span.start]
    return max(earlier, key=lambda other: other.end, default=None)
