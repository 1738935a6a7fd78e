"""Screens as people see them: command, exit code, stdout and stderr in one file each (`make golden` writes them)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from screen import Run

SCREENS = {
    "help": "--help",
    "check-help": "check --help",
    "review-help": "review --help",
    "init-help": "init --help",
    "doctor-help": "doctor --help",
    "rights-help": "rights --help",
    "rights-deploy": "rights deploy --region eu-west-1 ../shops/shop.yaml",
    "rights-policy": "rights diagnose --format policy sound.yaml",
    "rights-of-a-stack": "rights cancel --region eu-west-1 --format policy shop",
    "rights-of-explain": "rights explain",
    "rights-of-nothing": "rights deplyo",
    "no-target": "check",
    "explain": "explain database-unreachable",
    "explain-unknown": "explain dtabase-unreachable",
    "presets-without-app": "presets",
    "command-of-the-app": "images standard-dev",
    "unknown-command": "chek sound.yaml",
    "unknown-option": "check --formt json sound.yaml",
    "unknown-format": "check --format xml sound.yaml",
    "sound": "check sound.yaml",
    "sound-json": "check --format json sound.yaml",
    "sound-github": "check --format github sound.yaml",
    "sound-sarif": "check --format sarif sound.yaml",
    "missing-file": "check nowhere.yaml",
    "empty-file": "check empty.yaml",
    "binary-file": "check binary.yaml",
    "half-yaml": "check half.yaml",
    "half-json": "check half.json",
    "duplicate-keys": "check twice.yaml",
    "kubernetes": "check kubernetes.yaml",
    "sam": "check sam.yaml",
    "folder-without-manifest": "check ../templates",
    "settings-file-without-app": "check wrong-key.toml",
    "reference-to-nothing": "check reference-to-nothing.yaml",
    "cycle": "check cycle.yaml",
    "unreachable": "check unreachable.yaml",
    "unreachable-json": "check --format json unreachable.yaml",
    "unreachable-review": "review unreachable.yaml",
    "rehearse-help": "rehearse --help",
    "rehearse-unreachable": "rehearse unreachable.yaml",
    "price-help": "price --help",
    "price": "price ../shops/shop.yaml",
    "price-json": "price --format json --param Size=t3.small ../shops/shop.yaml",
    "price-markdown": "price --format markdown --param Size=t3.small --current ../shops/shop-before.yaml ../shops/shop.yaml",
    "price-difference": "price --param Size=t3.small --current ../shops/shop-before.yaml ../shops/shop.yaml",
    "price-several": "price --param Size=t3.small ../shops/shop.yaml ../shops/shop-before.yaml sound.yaml",
    "price-many": "price --param Size=t3.small ../shops/shop.yaml ../shops/shop-before.yaml ../shops/shop-opened.yaml ../shops/shop-closed.yaml sound.yaml",
    "price-of-my-own-use": "price --usage ../shops/busy.toml --param Size=t3.small ../shops/shop.yaml",
    "price-above-limit": "price --max-monthly 50 --max-duration 2m --param Size=t3.small ../shops/shop.yaml",
    "price-unknown-usage": "price --usage teem ../shops/shop.yaml",
    "price-limit-without-unit": "price --max-duration 30 ../shops/shop.yaml",
    "price-limit-without-number": "price --max-monthly much ../shops/shop.yaml",
    "price-missing-usage": "price --usage mine.toml ../shops/shop.yaml",
    "review-above-limit": "review --max-monthly 50 --rules own --param Size=t3.small ../shops/shop.yaml",
    "diff-help": "diff --help",
    "diff": "diff --rules own ../shops/shop-closed.yaml ../shops/shop-opened.yaml",
    "diff-the-other-way": "diff --rules own ../shops/shop-opened.yaml ../shops/shop-closed.yaml",
    "diff-json": "diff --rules own --format json ../shops/shop-closed.yaml ../shops/shop-opened.yaml",
    "diff-markdown": "diff --rules own --format markdown ../shops/shop-closed.yaml ../shops/shop-opened.yaml",
    "diff-of-two-versions": "diff --rules own ../versions/2026-11-20 ../versions/2026-11-28",
    "diff-of-the-same": "diff --rules own ../shops/shop-opened.yaml ../shops/shop-opened.yaml",
    "diff-of-one": "diff ../shops/shop.yaml",
    "diff-of-nothing": "diff ../shops/shop.yaml nowhere.yaml",
    "open-inputs": "check open-inputs.yaml",
    "open-inputs-review": "review open-inputs.yaml",
    "several-targets": "check sound.yaml nowhere.yaml cycle.yaml half.yaml",
    "unknown-parameter": "check --param Stag=prod sound.yaml",
    "parameter-without-value": "check --param Stage sound.yaml",
    "unknown-region": "check --region Frankfurt sound.yaml",
    "missing-parameter-file": "check --params nowhere.json sound.yaml",
    "unknown-app": "check librechta:standard-dev",
    "unknown-preset": "check librechat:standrd-dev",
    "unknown-setting": "check librechat:wrong-key.toml",
    "missing-settings-file": "check librechat:./nowhere.toml",
}


@pytest.mark.parametrize("name", SCREENS)
def test_screen_is_the_one_that_was_looked_at(name: str, run: Run, golden: Callable[[str, str], None]) -> None:
    screen = run(*SCREENS[name].split())

    assert screen.code in {0, 1, 10, 64, 66}
    assert "Traceback" not in screen.stdout + screen.stderr
    golden(f"cli/{name}.txt", str(screen))


def test_every_golden_screen_has_a_command(request: pytest.FixtureRequest) -> None:
    folder = request.config.rootpath / "tests" / "golden" / "cli"

    assert {file.stem for file in folder.glob("*.txt")} == set(SCREENS)


@pytest.mark.parametrize("verb", ["check", "review", "rehearse", "price", "explain", "rights"])
def test_a_narrow_screen_in_the_c_locale_is_kept_to(verb: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty columns and no sign beyond ASCII; what is longer is one word that nobody may break."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LC_ALL", "C")
    rules = ["--rules", "own"] if verb in {"check", "review", "rehearse"} else []
    what = {"explain": ["database-unreachable"], "rights": ["deploy", "balancer-wrong-port.yaml"]}
    screen = run(verb, *rules, *what.get(verb, ["balancer-wrong-port.yaml"]))
    example = verb == "explain"  # a template and its screen, which stay as they are
    wide = [line for line in screen.stdout.splitlines() if len(line) > 60 and len(line.split()) > 1 and not example]
    assert screen.code in {0, 10}
    assert screen.stdout.isascii()
    assert wide == []
