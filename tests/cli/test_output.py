"""What a stranger writes reaches no terminal, no workflow command, no page and no file that it should not."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from screen import HOSTILE, TEMPLATES, Run

ALONE = "--no-standard-rules"
OUTPUTS = [
    ("check", "text"), ("check", "json"), ("check", "github"), ("check", "sarif"),
    ("review", "text"), ("review", "json"), ("rehearse", "text"), ("rehearse", "json"),
]  # fmt: skip
FOR_PROGRAMS = [("check", format) for format in ("gitlab", "junit", "markdown", "csv")]
PRICES = [("price", "text"), ("price", "json")]
# Title of the window, clearing it, backspace, a return, NUL of C1, right-to-left override, zero width, DEL.
CONTROLS = "\x1b]0;title\x07 \x1b[2J \x1b[31m \x08 \r \x9b \u202e \u200b \x7f \u2066"


def hostile_template(name: str) -> str:
    """A template whose resource, export and reference bear a name, and of which something is found."""
    return json.dumps(
        {
            "Parameters": {name: {"Type": "String"}},
            "Resources": {
                f"Store{name}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "A_b"}},
                f"Topic{name}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": f"Nobody{name}"}}},
                f"Type{name}": {"Type": f"Custom::{name}", "Properties": {"ServiceToken": {"Ref": name}}},
                f"Part{name}": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"x{name}.yaml"}},
            },
            "Outputs": {name: {"Value": name, "Export": {"Name": name}}},
        }
    )


def assert_harmless(text: str) -> None:
    """Nothing moves a cursor, no line is a command to a workflow's runner but annotations of our own."""
    strange = {char for char in text if not char.isprintable() and char != "\n"}
    assert strange == set()
    assert "##[" not in text
    commands = [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert [line for line in commands if not re.match(r"::(error|warning|notice) (file|title)=", line)] == []


@pytest.mark.parametrize(("verb", "format"), [*OUTPUTS, *FOR_PROGRAMS, *PRICES])
@pytest.mark.parametrize(
    "name", [CONTROLS, "A\n::stop-commands::x\n", "A\n   ::add-mask::x", "A ##[add-mask]x", " ::stop-commands::x"],
    ids=["controls", "line break", "line break and blanks", "brackets", "blanks"],
)  # fmt: skip
def test_names_reach_no_terminal_and_no_workflow(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, format: str, name: str
) -> None:
    """Control characters and workflow commands in names of resources, types, exports, references and files."""
    monkeypatch.chdir(tmp_path)
    file = Path(f"a{name.replace('/', '')[:40]}.json")
    file.write_text(hostile_template(name))

    screen = run(verb, str(file), *([] if verb == "price" else [ALONE]), "--format", format)

    assert screen.code == (0 if verb == "price" else 10)
    assert_harmless(screen.stdout)
    assert_harmless(screen.stderr)
    if format in {"json", "sarif", "gitlab"}:
        assert json.loads(screen.stdout)


@pytest.mark.parametrize(("verb", "format"), [*OUTPUTS, *FOR_PROGRAMS])
@pytest.mark.parametrize("file", ["terminal-escape.yaml", "workflow-command.yaml", "workflow-command-in-brackets.yaml"])
def test_the_templates_that_were_reported_do_no_harm(hostile: Run, verb: str, format: str, file: str) -> None:
    """An escape sequence, a command after a line break and one in brackets, as logical ids, the standard rules asked too."""
    screen = hostile(verb, file, "--format", format)
    assert screen.code == (0 if file == "terminal-escape.yaml" and "F0006" not in screen.stdout else 10)
    assert_harmless(screen.stdout + screen.stderr)


@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
@pytest.mark.parametrize("file", ["\x1b[2Jx", "x\n::stop-commands::x", "##[add-mask]x"])
def test_a_target_that_does_not_exist_is_told_without_harm(run: Run, verb: str, file: str) -> None:
    """A file name that is an escape sequence or a command: the error about it is a line of text."""
    screen = run(verb, file)
    assert screen.code == 66
    assert_harmless(screen.stderr)
    assert screen.stderr.count("\n") == 2


def test_colours_of_a_template_are_shown_on_no_terminal() -> None:
    """On a terminal with colours, those of a name are not among them."""
    from stackflight.views.paper import Paper, guard

    painted = Paper(colour=True).paint("\x1b[32mgreen", "blocking")
    assert guard(painted, colour=True) == "\x1b[1;31m�[32mgreen\x1b[0m"
    assert guard("\x1b[32mgreen\x1b[2J", colour=False) == "�[32mgreen�[2J"


def test_what_json_says_means_the_same(run: Run, tmp_path: Path) -> None:
    """Escaped in JSON, a name is still the name."""
    name = CONTROLS + "##[x]\U000e0001é"
    file = tmp_path / "app.json"
    file.write_text(hostile_template(name))
    screen = run("check", str(file), ALONE, "--format", "json")
    assert_harmless(screen.stdout)
    blamed = {id for finding in json.loads(screen.stdout)["findings"] for id in finding["resources"]}
    assert {f"Store{name}", f"Topic{name}"} <= blamed


@pytest.mark.parametrize(("verb", "format"), [*OUTPUTS, ("review", "html"), ("rehearse", "html")])
def test_a_name_of_a_megabyte_is_cut_for_people(run: Run, tmp_path: Path, verb: str, format: str) -> None:
    """A name of a million characters: people see its beginning, JSON and SARIF have all of it."""
    name = "x" * 1_000_000
    file = tmp_path / "app.json"
    page = tmp_path / "page.html"
    file.write_text(hostile_template(name))
    arguments = ("--html", str(page)) if format == "html" else ("--format", format)

    screen = run(verb, str(file), ALONE, *arguments)

    assert screen.code == 10
    shown = page.read_text() if format == "html" else screen.stdout
    if format in {"json", "sarif"}:
        assert name in shown
    else:
        assert "x" * 201 not in shown
        assert "xxx…" in shown


class Page(HTMLParser):
    """Elements of a page, and what is asked of the network; a link to AWS's documents asks nothing until it is followed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.policy = ""
        self.scripts: list[str] = []
        self.loads: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self._in_script = tag == "script"
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        self.loads += [name for name in given if name in {"src", "srcset", "action", "background"}]
        asked = given.get("href", "#")
        leads = tag == "a" and asked.startswith("https://docs.aws.amazon.com/")
        self.loads += [] if leads or asked.startswith("#") else [asked]
        self.loads += [name for name in given if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)
            self._in_script = False


@pytest.mark.parametrize("verb", ["review", "rehearse"])
def test_a_page_runs_its_own_program_and_nothing_else(run: Run, tmp_path: Path, verb: str) -> None:
    """A page without a content security policy, with control and direction characters: it has one, and none of those."""
    name = CONTROLS + "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    file, page = tmp_path / "app.json", tmp_path / "page.html"
    file.write_text(hostile_template(name))

    screen = run(verb, str(file), ALONE, "--html", str(page))

    text = page.read_bytes().decode("utf-8")
    read = Page(text)
    assert screen.code == 10
    assert_harmless(text)
    [script] = read.scripts
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest, look = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in (script, style))
    assert read.policy.split("; ") == [
        "default-src 'none'", f"script-src 'sha256-{digest}'", f"style-src 'sha256-{look}'", "style-src-attr 'unsafe-inline'", "base-uri 'none'",
        "form-action 'none'",
    ]  # fmt: skip
    assert read.loads == []
    assert read.tags.count("script") == 1
    assert not {"img", "iframe", "link", "object", "embed", "form", "base"} & set(read.tags)


@pytest.mark.parametrize("verb", ["review", "rehearse"])
@pytest.mark.parametrize("by", ["name", "link", "hard link", "parameters", "nested"])
def test_no_page_is_written_over_an_input(run: Run, tmp_path: Path, verb: str, by: str) -> None:
    """A page over the template, by its name or a link, over the parameters, over a nested template: refused."""
    file, part, given = tmp_path / "app.yaml", tmp_path / "part.yaml", tmp_path / "given.json"
    file.write_text(
        "Parameters: {P: {Type: String}}\n"
        "Resources: {Part: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: part.yaml}}}\n"
    )
    part.write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    given.write_text('{"P": "x"}')
    link, hard = tmp_path / "link.html", tmp_path / "hard.html"
    link.symlink_to(file)
    hard.hardlink_to(file)
    over = {"name": file, "link": link, "hard link": hard, "parameters": given, "nested": part}[by]
    before = {path: path.read_bytes() for path in (file, part, given)}

    screen = run(verb, str(file), ALONE, "--params", str(given), "--html", str(over))

    assert screen.code == 64
    assert screen.stderr.startswith(f"error: --html {over} would write over an input\nhint: ")
    assert {path: path.read_bytes() for path in before} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "app.yaml", "given.json", "hard.html", "link.html", "part.yaml"
    ]  # fmt: skip
    assert screen.stdout  # the verdict is not lost


@pytest.mark.parametrize("command", ["check", "check --jobs 2 TWIN", "price", "diff TWIN"])
@pytest.mark.parametrize("by", ["name", "link", "parameters", "nested"])
def test_no_result_is_written_over_an_input(run: Run, tmp_path: Path, command: str, by: str) -> None:
    """--output with the template, a link to it, the parameters or a nested template: refused, and all stays as it was."""
    file, twin, part, given = (tmp_path / name for name in ("app.yaml", "twin.yaml", "part.yaml", "given.json"))
    file.write_text(
        "Parameters: {P: {Type: String}}\n"
        "Resources: {Part: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: part.yaml}}}\n"
    )
    twin.write_bytes(file.read_bytes())
    part.write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    given.write_text('{"P": "x"}')
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    over = {"name": file, "link": link, "parameters": given, "nested": part}[by]
    before = {path: path.read_bytes() for path in (file, twin, part, given)}
    words = [str(twin) if word == "TWIN" else word for word in command.split()]
    rules = [] if command == "price" else [ALONE]

    screen = run(*words, str(file), *rules, "--params", str(given), "-o", str(over))

    assert screen.code == 64
    assert screen.stderr.endswith(
        f"error: --output {over} would write over an input\nhint: name another file; nothing was written\n"
    )
    assert {path: path.read_bytes() for path in before} == before


def test_no_result_is_written_over_a_template_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text("Resources: {Topic: {Type\n")
    assert run("check", str(file), ALONE, "-o", str(file)).code == 64
    assert file.read_text() == "Resources: {Topic: {Type\n"


@pytest.mark.parametrize("verb", ["review", "rehearse"])
def test_a_page_that_cannot_be_written_leaves_the_old_one_and_the_verdict(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """A disk that is full while the page is written: the old page stays, the verdict is printed, nothing is left over."""
    page = tmp_path / "page.html"
    page.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    screen = run(verb, "sound.yaml", ALONE, "--html", str(page))

    assert screen.code == 64
    assert screen.stderr == (
        f"error: --html {page} cannot be written: no space left on device\nhint: name a file in a folder that exists\n"
    )
    assert "sound.yaml" in screen.stdout
    assert page.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("verb", ["review", "rehearse"])
def test_a_page_without_a_name_is_refused(run: Run, verb: str) -> None:
    """An empty --html was ignored: it is refused before anything is judged."""
    screen = run(verb, "sound.yaml", "--html", "")
    assert (screen.code, screen.stdout) == (64, "")
    assert screen.stderr == "error: --html names no file\nhint: write it as in --html page.html\n"


@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_a_target_without_a_name_is_refused(run: Run, verb: str) -> None:
    """An empty target meant the working folder: it is refused."""
    screen = run(verb, "")
    assert (screen.code, screen.stdout) == (66, "")
    assert screen.stderr.startswith("error: the name of a target is empty\nhint: ")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "stackflight", *arguments]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "sound.yaml", ALONE), ("check", "sound.yaml", ALONE, "--format", "sarif"),
        ("review", "sound.yaml", ALONE, "--format", "json"), ("rehearse", "sound.yaml", ALONE), ("--help",),
        ("check", "--help"), ("--version",),
    ],
)  # fmt: skip
def test_a_full_stdout_is_told_as_what_it_is(arguments: tuple[str, ...]) -> None:
    """Standard output full, which was blamed on the program: it is named, with exit code 1."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command(*arguments), cwd=TEMPLATES, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == (
        "error: the result cannot be written to standard output: no space left on device\nhint: send it elsewhere\n"
    )


@pytest.mark.parametrize(
    ("closed", "target", "code", "says"),
    [
        (1, "sound.yaml", 1, "error: the result cannot be written to standard output: it is closed\n"),
        (2, "nowhere.yaml", 66, ""),
        (2, "sound.yaml", 0, ""),
        (0, "sound.yaml", 0, ""),
    ],
)
def test_a_closed_stream_is_no_traceback(closed: int, target: str, code: int, says: str) -> None:
    """Standard output, error or input closed: a message where it can be said, and the exit code of the verdict."""
    shell = f"exec {' '.join(command('check', target))} {closed}>&-"
    done = subprocess.run(["sh", "-c", shell], cwd=TEMPLATES, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr.startswith(says)
    assert "Traceback" not in done.stderr
    assert ("sound.yaml: nothing found" in done.stdout) == (target == "sound.yaml" and closed != 1)


def test_a_lone_surrogate_is_written_in_every_format(hostile: Run, tmp_path: Path) -> None:
    """Half a character in a logical id: text, JSON, SARIF, GitHub and pages are all valid UTF-8."""
    for verb, format in OUTPUTS:
        screen = hostile(verb, "lone-surrogate.json", ALONE, "--format", format)
        assert screen.code == 10
        assert screen.stdout.encode("utf-8")
    for verb in ("review", "rehearse"):
        screen = hostile(verb, "lone-surrogate.json", ALONE, "--html", str(tmp_path / f"{verb}.html"))
        assert screen.code == 10
        assert "B�" in (tmp_path / f"{verb}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("verb", "format"), OUTPUTS)
def test_a_file_name_that_is_no_utf8_is_shown_as_far_as_it_is(tmp_path: Path, verb: str, format: str) -> None:
    """A file name that is not UTF-8: every format is written."""
    name = os.fsencode(tmp_path) + b"/caf\xe9.json"
    try:
        Path(os.fsdecode(name)).write_bytes((HOSTILE / "bad-name.json").read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    arguments = [verb, os.fsdecode(name), "--format", format, "--html", str(tmp_path / "p.html")]
    done = subprocess.run(
        command(*(arguments[:-2] if verb == "check" else arguments)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 10
    assert "caf�.json" in done.stdout or "caf%EF%BF%BD.json" in done.stdout
    assert "internal error" not in done.stderr
