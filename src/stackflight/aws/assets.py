"""What a cloud assembly wants published -> objects in the bootstrap bucket, each once; images are in `images.py`.

Keys are the hashes of contents, so what is there already is never sent again. Folders are zipped the same way every time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from botocore.exceptions import ClientError

from stackflight.aws.bootstrap import read_bootstrap
from stackflight.aws.images import ImagePublisher
from stackflight.aws.placeholders import fill_in
from stackflight.aws.refusals import code_of, translated
from stackflight.aws.session import Session
from stackflight.errors import OperationRefused
from stackflight.model.publication import FileAsset, Publication, bootstrap_command
from stackflight.model.run import Caller

_AT_ONCE = 8
_STAMP = (1980, 1, 1, 0, 0, 0)


class Publisher:
    """Publishes for one account and Region. `say` gets a line of progress."""

    def __init__(self, session: Session, caller: Caller, root: Path, say: Callable[[str], None]) -> None:
        self._session = session
        self._root = root
        self._say = say
        self._caller = caller
        self._region = caller.region
        self._account = caller.account

    def fill(self, text: str) -> str:
        """The text with the account, the Region and the partition in the place of its placeholders."""
        return fill_in(text, self._caller)

    def template_url(self, publication: Publication) -> str:
        """Where a stack's template lies, as CloudFormation wants it named; empty where it goes along."""
        bucket, slash, key = self.fill(publication.template_url).removeprefix("s3://").partition("/")
        suffix = "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"
        return f"https://s3.{self._region}.{suffix}/{bucket}/{key}" if slash else ""

    def publish(self, publications: Mapping[str, Publication]) -> None:
        """Upload, build and push what is missing. Raises OperationRefused where the account or this machine is not prepared."""
        for publication in publications.values():
            self._require_bootstrap(publication)
        images = ImagePublisher(self._session, self._caller, self._root, self._say)
        missing = images.find_missing([one for each in publications.values() for one in each.images])
        self._send_files(publications)
        images.push(missing)

    def _send_files(self, publications: Mapping[str, Publication]) -> None:
        files = {(one.bucket, one.key): one for each in publications.values() for one in each.files}
        if not files:
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sent = sum(pool.map(self._upload, files.values()))
        self._say(f"assets: {sent} uploaded, {len(files) - sent} there already")

    def _require_bootstrap(self, publication: Publication) -> None:
        if not publication.bootstrap_parameter:
            return
        client = self._session.client("ssm", self.fill(publication.deploy_role))
        version = read_bootstrap(client, publication.bootstrap_parameter)
        command = bootstrap_command(self._account, self._region)
        if version is None:
            raise OperationRefused(
                f"the account {self._account} is not bootstrapped in {self._region}", hint=f"do it once: {command}"
            )
        if version < publication.bootstrap_version:
            raise OperationRefused(
                f"the bootstrap stack of {self._region} has version {version}, and {publication.bootstrap_version} is needed",
                hint=f"bring it up to date: {command}",
            )

    def _upload(self, asset: FileAsset) -> bool:
        """Whether it had to be sent."""
        region = self.fill(asset.region)
        client = self._session.client("s3", self.fill(asset.role), region if region != self._region else "")
        bucket, key = self.fill(asset.bucket), self.fill(asset.key)
        with translated():
            try:
                client.head_object(Bucket=bucket, Key=key)
                return False
            except ClientError as error:
                if code_of(error) not in {"404", "NoSuchKey", "NotFound", "403", "Forbidden"}:
                    raise
            path = self._root / asset.path
            if not path.exists():
                raise OperationRefused(
                    f"the asset {asset.path} of {asset.name} is not there", hint="run 'cdk synth' again"
                )
            body = zip_folder(path) if asset.zipped and path.is_dir() else path.read_bytes()
            client.put_object(Bucket=bucket, Key=key, Body=body)
        return True


def zip_folder(folder: Path) -> bytes:
    """The folder as a zip that is the same whenever its contents are: names in order, one date, rights kept."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _STAMP)
                entry.external_attr = (path.stat().st_mode & 0o777) << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
