"""The catalogue of causes -> pages of docs/reference/causes, one for each file of causes, and an index by family."""

from __future__ import annotations

import json
import re
from importlib.resources import files

from stackflight.diagnose.catalogue import entry_of, standard_catalogue
from stackflight.model.diagnosis import Cause

_ELSE = re.compile(r"\{[a-z_]+\|([^{}]+)\}")
_RETRY = {"no": "no", "yes": "yes", "sometimes": "sometimes"}


def render_causes() -> dict[str, str]:
    """The pages by name."""
    pages = {}
    places: dict[str, str] = {}
    folder = files("stackflight.diagnose").joinpath("causes")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".json") or "causes" not in (given := json.loads(file.read_text(encoding="utf-8"))):
            continue
        name = file.name.removesuffix(".json")
        causes = [entry_of(row).cause for row in given["causes"]]
        places |= {cause.id: name for cause in causes}
        pages[f"causes/{name}.md"] = _page(name, given["about"], given["date"], causes)
    return {"causes/README.md": _index(places), **pages}


def _index(places: dict[str, str]) -> str:
    catalogue = standard_catalogue()
    lines = [
        "# Causes",
        "",
        f"What `stackflight diagnose` knows, {len(places)} causes as of {catalogue.date}; what the checks know of AWS's answers "
        "comes to it by their own ids. A family says what kind of trouble it is; the ids are stable.",
    ]
    for family, meaning in catalogue.families.items():
        causes = [entry.cause for entry in catalogue.entries if entry.cause.family == family and not entry.law]
        if causes:
            lines += ["", f"## {family}", "", f"{meaning[0].upper()}{meaning[1:]}.", ""]
            lines += [f"* [{cause.id}]({places[cause.id]}.md#{cause.id}): {cause.title}" for cause in causes]
    return "\n".join(lines) + "\n"


def _page(name: str, about: str, date: str, causes: list[Cause]) -> str:
    blocks = [f"# Causes: {name}", f"{about}. As of {date}."]
    blocks += [_cause(cause) for cause in causes]
    return "\n\n".join(blocks) + "\n"


def _cause(cause: Cause) -> str:
    retry = _RETRY[cause.retry.value] + (f", {cause.retry_why}" if cause.retry_why else "")
    said = [f"`{pattern.replace('`', ' ')}`" for pattern in cause.patterns[:6]] or [
        f"handler error code `{code}`" for code in cause.codes
    ]
    blocks = [
        f"## {cause.id}",
        f"{cause.title}. Family [{cause.family}](README.md#{cause.family}), service {cause.service}. Does a retry help? {retry}.",
        f"AWS says: {', '.join(said)}" + (" …" if len(cause.patterns) > 6 else ""),
        cause.happens,
        "\n".join(f"* {_ELSE.sub(lambda hole: hole[1], remedy)}" for remedy in cause.remedies),
    ]
    if cause.verify:
        blocks.append("Verify: " + "; ".join(f"`{text.replace('`', ' ')}`" for text in cause.verify))
    if cause.sources:
        blocks.append(f"Source: {'; '.join(cause.sources)}.")
    return "\n\n".join(blocks)
