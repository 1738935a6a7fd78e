"""Rights -> a table with the reasons, what is not known, and the policy to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.demand import Demand, Origin, Rights
from stackflight.views.json_text import dump
from stackflight.views.paper import Paper

_SHOWN = 4
_NARROWEST = 24
"""Columns that a reason wants beside its action; below it where there are fewer."""
_POLICY_CHARACTERS = 6_144
"""What a managed policy may hold, white space not counted. Source: IAM User Guide, IAM and AWS STS quotas."""


def render_rights(rights: Rights, paper: Paper) -> str:
    """The table, the open points, and the document."""
    if not rights.demands:
        return f"{rights.verb} asks AWS nothing, so it needs no rights"
    blocks = []
    for origin in Origin:
        demands = [demand for demand in rights.demands if demand.origin is origin]
        if demands:
            rows = _by_type(demands, paper) if origin is Origin.TEMPLATE else _by_place(demands, paper)
            blocks.append("\n".join([paper.paint(_head(origin), "title"), *rows]))
    if rights.unknown:
        lines = [line for text in rights.unknown for line in paper.labelled("  ?", text, indent=4)]
        blocks.append("\n".join([paper.paint("not known", "title"), *lines]))
    blocks.append("\n".join([paper.paint("policy", "title"), *_size(rights, paper), dump(rights.policy, indent=1)]))
    return "\n\n".join(blocks)


def _head(origin: Origin) -> str:
    return f"{origin}; without it the verb goes on" if origin is Origin.EVIDENCE else str(origin)


def _by_place(demands: Sequence[Demand], paper: Paper) -> Iterator[str]:
    """On what, and below it each action with its reason."""
    width = max(len(action) for demand in demands for action in demand.actions) + 6
    for place in dict.fromkeys(demand.resources for demand in demands):
        yield from paper.labelled("  on", "everything" if place == ("*",) else ", ".join(place), indent=5)
        for demand in demands:
            if demand.resources == place:
                for action in demand.actions:
                    if width + _NARROWEST <= paper.width:
                        yield from paper.labelled(f"    {action}", demand.why, indent=width)
                    else:
                        yield f"    {action}"
                        yield from (f"      {line}" for line in paper.wrap(demand.why, 6))


def _by_type(demands: Sequence[Demand], paper: Paper) -> Iterator[str]:
    """Each type with the first of its actions; JSON and the policy have all."""
    for demand in demands:
        yield from paper.wrap(f"  {demand.subject}: {demand.why}", 0)
        yield from paper.labelled("   ", _some(demand.actions), indent=4)
        if demand.resources != ("*",):
            yield from paper.labelled("    on", _some(demand.resources), indent=7)


def _some(names: Sequence[str]) -> str:
    left = len(names) - _SHOWN
    more = f" and {left} more" if left > 0 else ""
    return ", ".join(names[:_SHOWN]) + more


def _size(rights: Rights, paper: Paper) -> Iterator[str]:
    characters = len("".join(dump(rights.policy).split()))
    if characters > _POLICY_CHARACTERS:
        said = f"{characters:,} characters without white space, and a managed policy holds {_POLICY_CHARACTERS:,}: split it by statement"
        yield from paper.wrap(said, 0)
