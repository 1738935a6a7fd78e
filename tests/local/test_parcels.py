"""What has to be uploaded is measured from the asset manifests of an assembly, stages included."""

from __future__ import annotations

import json
from pathlib import Path

from stackflight.local.parcels import measure_parcel
from stackflight.model.estimate import Parcel


def test_files_and_folders_are_counted_once_and_images_apart(tmp_path: Path) -> None:
    (tmp_path / "asset.code").mkdir()
    (tmp_path / "asset.code" / "index.py").write_text("x" * 1000)
    (tmp_path / "App.template.json").write_text("y" * 200)
    files = {"a": {"source": {"path": "asset.code"}}, "b": {"source": {"path": "App.template.json"}}}
    manifest = json.dumps({"files": files, "dockerImages": {"i": {}}})
    (tmp_path / "App.assets.json").write_text(manifest)
    (tmp_path / "assembly-Prod").mkdir()
    (tmp_path / "assembly-Prod" / "App.assets.json").write_text(manifest)

    assert measure_parcel([tmp_path]) == Parcel(2, 1200, 1, is_cdk=True)


def test_a_manifest_that_cannot_be_read_and_an_asset_that_is_missing_count_nothing(tmp_path: Path) -> None:
    (tmp_path / "A.assets.json").write_text("{")
    (tmp_path / "B.assets.json").write_text(json.dumps({"files": {"a": {"source": {"path": "gone"}}, "b": 3}}))
    (tmp_path / "C.assets.json").write_text("[]")
    assert measure_parcel([tmp_path]) == Parcel(1, 0, 0, is_cdk=True)
    assert measure_parcel([]) == Parcel()
