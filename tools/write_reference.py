"""Writes the generated pages of docs/reference and the screens of the README; with --check it says which of them are out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from feature_table import render_features
from matrix_data import digest_of_sources, read_run
from matrix_page import render_matrix
from readme_screens import render_readme
from reference_causes import render_causes
from reference_checks import render_pages
from reference_judged import render_judged
from reference_law import render_law
from reference_project import render_project
from reference_schemas import render_schemas

from stackflight.cli.help import render_help, render_overview
from stackflight.cli.main import SUMMARY
from stackflight.cli.verbs import load_verbs
from stackflight.views.paper import Paper

_FOLDER = Path(__file__).parent.parent / "docs" / "reference"
_PAPER = Paper(width=90)


def render_command_line() -> str:
    """The page about the command line: the help of every verb."""
    blocks = ["# Command line", f"```text\n{render_overview(SUMMARY, load_verbs(), _PAPER)}\n```"]
    for verb in load_verbs():
        blocks.append(f"## {verb.name}\n\n```text\n{render_help(verb, _PAPER)}\n```")
    return "\n\n".join(blocks) + "\n"


def main() -> int:
    """Write the pages, or compare them; 1 where one differs or is left from a check that is gone."""
    run = read_run()
    pages = {
        "cli.md": render_command_line(),
        "stackflight-toml.md": render_project(),
        "librechat-features.md": render_features(),
        "librechat-matrix.md": render_matrix(run),
        **render_pages(),
        **render_law(),
        **render_judged(),
        **render_causes(),
        **render_schemas(),
    }
    written_before = [file for folder in ("checks", "law", "causes") for file in (_FOLDER / folder).glob("*.md")]
    left = {file.relative_to(_FOLDER).as_posix() for file in written_before} - pages.keys()
    stale = sorted(left)
    if "--check" not in sys.argv:
        for name in left:
            (_FOLDER / name).unlink()
        stale = []
    for name, text in pages.items():
        page = _FOLDER / name
        if "--check" not in sys.argv:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
        elif not page.is_file() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
    readme = _FOLDER.parent.parent / "README.md"
    written = readme.read_text(encoding="utf-8")
    if "--check" not in sys.argv:
        readme.write_text(render_readme(written), encoding="utf-8")
    elif render_readme(written) != written:
        stale.append("../../README.md")
    if run.sources != digest_of_sources():
        sys.stderr.write(
            f"note: src/librechat_aws changed since {run.date}, when 'make matrix' judged every deployment\n"
        )
    if stale:
        sys.stderr.write(f"out of date in docs/reference: {', '.join(stale)}\nhint: run 'make docs'\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
