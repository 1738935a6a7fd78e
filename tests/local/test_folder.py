"""Files below a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackflight.errors import UnreadableInput
from stackflight.local.folder import JoinedFolders, LocalFolder


def test_text_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfResources: {}")

    assert LocalFolder(tmp_path).read("a.yaml") == "Resources: {}"


@pytest.mark.parametrize("name", ["nowhere.yaml", "", "..", "../a.yaml", "/etc/hostname", "a\0b", "x" * 5000])
def test_what_is_not_below_the_folder_does_not_exist(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("Resources: {}")
    (tmp_path / "inner").mkdir()

    assert LocalFolder(tmp_path / "inner").read(name) is None


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "secret").write_text("password")
    (tmp_path / "inner" / "link").symlink_to(tmp_path / "secret")

    assert LocalFolder(tmp_path / "inner").read("link") is None


def test_neighbours_are_read_where_they_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.yaml").write_text("Resources: {}")

    assert LocalFolder(tmp_path / "inner", also=(tmp_path,)).read("../a.yaml") == "Resources: {}"


def test_a_file_that_is_no_text_is_refused_by_its_shown_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UnreadableInput) as caught:
        LocalFolder(tmp_path, "stacks").read("a.yaml")
    assert caught.value.place == "stacks/a.yaml"


def test_names_are_all_files_below_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "asset/z.py", "asset/deep/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    assert LocalFolder(tmp_path).names("") == ["asset/deep/a.py", "asset/z.py", "b.json"]
    assert LocalFolder(tmp_path).names("asset") == ["asset/deep/a.py", "asset/z.py"]
    assert LocalFolder(tmp_path).names("nowhere") == []


def test_joined_folders_are_told_apart_by_their_number(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(name)
    joined = JoinedFolders([LocalFolder(tmp_path / "one", "first"), LocalFolder(tmp_path / "two", "second")])

    assert [joined.read("0/a.yaml"), joined.read("1/a.yaml")] == ["one", "two"]
    assert joined.names("1/") == ["1/a.yaml"]
    assert joined.show("1/a.yaml") == "second/a.yaml"
