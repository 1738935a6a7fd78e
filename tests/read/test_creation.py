"""Findings of a CDK app point to the line of the app, not only into a folder that nobody commits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.cli.main import main
from stackflight.model.template import Spot
from stackflight.read.creation import place_of, read_places

HOME = "/home/me/shop"
FRAMES = [
    "...aws-cdk-lib...",
    "new Function (/home/me/shop/node_modules/aws-cdk-lib/aws-lambda/lib/function.js:1:20)",
    "new Shop (/home/me/shop/lib/shop.ts:26:16)",
    "<anonymous> (/home/me/shop/bin/app.ts:41:1)",
    "...node internals, tsx...",
]


def entry(kind: str, data: object) -> list[dict[str, Any]]:
    return [{"type": kind, "data": data}]


def test_a_construct_was_made_where_the_users_own_file_stands_innermost() -> None:
    """Audit, row 8."""
    places = read_places({"/Shop/Web": entry("aws:cdk:creationStack", FRAMES)}, HOME)
    assert places == {"Shop/Web": Spot("lib/shop.ts", 26)}


def test_what_a_construct_is_made_of_stands_where_the_construct_does() -> None:
    """Audit, row 8: nobody wrote the line of an L1 inside of an L2."""
    places = {"Shop/Web": Spot("lib/shop.ts", 26)}
    assert place_of(places, "Shop/Web/Service/Resource") == Spot("lib/shop.ts", 26)
    assert place_of(places, "Shop/Other") is None
    assert place_of(places, None) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (["new App (file:///home/me/shop/app.mjs:3:1)"], Spot("app.mjs", 3)),
        (["at /home/me/shop/app.js:7:9"], Spot("app.js", 7)),
        (["new App (C:\\code\\shop\\bin\\app.ts:5:1)"], Spot("C:/code/shop/bin/app.ts", 5)),
        (["new App (/elsewhere/app.ts:5:1)"], Spot("/elsewhere/app.ts", 5)),
        (["...aws-cdk-lib...", "(no user code in 10 frames, use --stack-trace-limit to capture more)"], None),
        (["new App (/home/me/shop/node_modules/x/y.js:1:1)"], None),
        ("not a list", None),
        ([7, None], None),
    ],
)
def test_frames_of_all_forms_are_read_and_strange_ones_passed_over(data: object, expected: Spot | None) -> None:
    found = read_places({"/A": entry("aws:cdk:creationStack", data)}, HOME)
    assert found.get("A") == expected


def test_a_line_that_was_recorded_for_another_language_counts_like_a_frame() -> None:
    found = read_places({"/Shop/Web": entry("stackflight:source", f"{HOME}/app.py:12")}, HOME)
    assert found == {"Shop/Web": Spot("app.py", 12)}


@pytest.fixture
def assembly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app in a folder of its own, whose template refers to nothing."""
    out = tmp_path / "cdk.out"
    out.mkdir()
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Nobody12345678"}}}
    (out / "Shop.template.json").write_text(json.dumps({"Resources": {"Topic0A1B2C3D": topic}}, indent=1), "utf-8")
    metadata = {
        "/Shop/Alarms/Topic": entry("aws:cdk:creationStack", [f"new Shop ({tmp_path.as_posix()}/bin/app.ts:26:16)"]),
        "/Shop/Alarms/Topic/Resource": entry("aws:cdk:logicalId", "Topic0A1B2C3D"),
    }
    properties = {"templateFile": "Shop.template.json"}
    artifact = {"type": "aws:cloudformation:stack", "properties": properties, "metadata": metadata}
    (out / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Shop": artifact}}), "utf-8")
    monkeypatch.chdir(tmp_path)
    return out


@pytest.mark.usefixtures("assembly")
def test_every_way_of_writing_a_finding_names_the_line_of_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    """Audit, row 8: text, JSON, SARIF and annotations."""
    written = {}
    for kind in ("text", "json", "sarif", "github"):
        assert main(["check", "--no-standard-rules", "--format", kind, "cdk.out"]) == 10
        written[kind] = capsys.readouterr().out
    where = json.loads(written["json"])["findings"][0]["where"]
    [result] = json.loads(written["sarif"])["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]

    shown = " ".join(written["text"].split())
    assert "at bin/app.ts:26 · Shop/Alarms/Topic/Resource · cdk.out/Shop.template.json:" in shown
    assert where["source"] == {"file": "bin/app.ts", "line": 26}
    assert where["file"] == "cdk.out/Shop.template.json"
    assert place["artifactLocation"]["uri"] == "bin/app.ts"
    assert place["region"] == {"startLine": 26}
    assert "file=bin/app.ts," in written["github"]
    assert ",line=26::" in written["github"]


@pytest.mark.usefixtures("assembly")
@pytest.mark.parametrize(
    "command",
    ["check --format github", "check --format sarif", "rehearse", "review", "rehearse --fail Alarms/Topic"],
)
def test_one_resource_has_one_name_on_every_screen_and_page(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Audit, row 13: ids that the CDK made stand in fields of programs alone."""
    page = tmp_path / "page.html"
    drawn = [] if command.startswith("check") else ["--html", str(page)]
    main([*command.split(), *drawn, "--no-standard-rules", "cdk.out"])
    text = capsys.readouterr().out
    if "sarif" in command:
        text = json.loads(text)["runs"][0]["results"][0]["message"]["text"]

    for shown in [text, page.read_text(encoding="utf-8")] if drawn else [text]:
        assert "Alarms/Topic" in shown or not drawn
        assert "Topic0A1B2C3D" not in shown.replace("[Topic0A1B2C3D]", "")  # what AWS itself would say
