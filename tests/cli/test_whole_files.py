"""Files that commands write: whole or not at all, whenever the process ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mortal import Died, Fate, Mortal
from stackflight.cli.files import write_text


def test_a_process_can_die_at_every_step_of_writing_a_file_and_what_stood_there_or_all_of_the_new_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "outputs.json"
    replace = Path.replace

    def live(fate: Fate) -> None:
        with monkeypatch.context() as patched:
            patched.setattr("stackflight.cli.files.os", Mortal(os, {"fsync"}, fate))
            patched.setattr(Path, "replace", lambda path, to: fate.meet("replace", lambda: replace(path, to)))
            write_text("--outputs-file", str(file), "new")

    whole = Fate()
    live(whole)
    assert whole.writes == ["fsync", "replace"]
    for fate in whole.deaths():
        file.write_text("old")
        with pytest.raises(Died):
            live(fate)
        assert file.read_text() == ("new" if (fate.at, fate.after) == (2, True) else "old")
