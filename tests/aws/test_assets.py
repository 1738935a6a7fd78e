"""Files of an assembly in the bootstrap bucket: each whole and sent once, whenever the sender dies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mortal import Died, Fate, Mortal
from stackflight.aws.assets import Publisher
from stackflight.model.publication import FileAsset, Publication
from stackflight.model.run import Caller


class Bucket:
    """Objects by key, and how often each was written: S3 takes an object whole or not at all."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.sent: list[str] = []

    def head_object(self, Bucket: str, Key: str) -> None:  # noqa: N803, ARG002
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": ""}}, "HeadObject")

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803, ARG002
        self.sent.append(Key)
        self.objects[Key] = Body


class Session:
    """Hands out one client."""

    def __init__(self, client: object) -> None:
        self._client = client

    def client(self, *_: str) -> Any:
        return self._client


def test_whoever_uploads_can_die_at_every_file_and_the_next_one_sends_what_lacks(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("print(1)")
    (tmp_path / "app.json").write_text("{}")
    files = [("code", "code.zip", True), ("app.json", "app.json", False)]
    wanted = Publication(files=tuple(FileAsset(name=path, path=path, zipped=zipped, bucket="assets", key=key)
                                     for path, key, zipped in files))  # fmt: skip

    def publish(bucket: Bucket, fate: Fate) -> None:
        session: Any = Session(Mortal(bucket, {"put_object"}, fate))
        Publisher(session, Caller("1", "", "eu"), tmp_path, lambda _: None).publish({"app": wanted})

    whole, there = Fate(), Bucket()
    publish(there, whole)
    assert whole.writes == ["put_object"] * 2
    for fate in whole.deaths():
        bucket = Bucket()
        with pytest.raises(Died):
            publish(bucket, fate)
        publish(bucket, Fate())
        assert bucket.objects == there.objects
        assert sorted(bucket.sent) == sorted(there.objects)
