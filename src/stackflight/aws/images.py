"""Container images of a cloud assembly -> tags in the account's repositories, built and pushed by docker, each once.

A tag is the hash of what the image is built from, so what is there already is neither built nor sent again.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from stackflight.aws.placeholders import fill_in
from stackflight.aws.refusals import code_of, translated
from stackflight.aws.session import Session
from stackflight.errors import OperationRefused
from stackflight.model.publication import ImageAsset, bootstrap_command
from stackflight.model.run import Caller

_LAST_LINES = 5


class ImagePublisher:
    """Builds and pushes for one account. `say` gets a line of progress.

    `CDK_DOCKER` names another program than docker, as it does for the CDK.
    """

    def __init__(self, session: Session, caller: Caller, root: Path, say: Callable[[str], None]) -> None:
        self._session = session
        self._caller = caller
        self._root = root
        self._say = say
        self._docker = os.environ.get("CDK_DOCKER") or "docker"
        self._logged_in: set[str] = set()

    def find_missing(self, images: Sequence[ImageAsset]) -> list[ImageAsset]:
        """Those whose tags are not there, each once. Raises OperationRefused where they cannot be built here."""
        wanted = {(one.region, one.repository, one.tag): one for one in images}
        missing = [one for one in wanted.values() if not self._is_there(one)]
        if missing and shutil.which(self._docker) is None:
            raise OperationRefused(
                f"{self._docker} is not installed here, and it has to build container images: "
                + ", ".join(one.name for one in missing),
                hint="deploy where docker is, or let the CDK do it there, and watch: "
                "stackflight watch STACK -- npx cdk deploy STACK",
            )
        if wanted:
            self._say(f"images: {len(missing)} to build, {len(wanted) - len(missing)} there already")
        return missing

    def push(self, images: Sequence[ImageAsset]) -> None:
        """Build, tag and push them, one after another. Raises OperationRefused where docker fails."""
        for image in images:
            registry = self._log_in(image)
            local = self._make(image)
            target = f"{registry}/{self._fill(image.repository)}:{self._fill(image.tag)}"
            self._run(image, "tag", local, target)
            self._say(f"image {image.name}: pushing")
            self._run(image, "push", target)
            self._say(f"image {image.name}: pushed")

    def _fill(self, text: str) -> str:
        return fill_in(text, self._caller)

    def _client(self, image: ImageAsset) -> Any:
        region = self._fill(image.region)
        return self._session.client(
            "ecr", self._fill(image.role), region if region and region != self._caller.region else ""
        )

    def _is_there(self, image: ImageAsset) -> bool:
        repository, tag = self._fill(image.repository), self._fill(image.tag)
        with translated():
            try:
                self._client(image).describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
                return True
            except ClientError as error:
                if code_of(error) == "ImageNotFoundException":
                    return False
                if code_of(error) != "RepositoryNotFoundException":
                    raise
        region = self._fill(image.region) or self._caller.region
        raise OperationRefused(
            f"the repository {repository} for the image {image.name} is not there",
            hint=f"it is made by: {bootstrap_command(self._caller.account, region)}",
        )

    def _log_in(self, image: ImageAsset) -> str:
        """The registry's host, once docker knows its password; which is given on standard input, where nobody lists it."""
        with translated():
            [given] = self._client(image).get_authorization_token()["authorizationData"]
        user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
        registry: str = given["proxyEndpoint"].partition("//")[2]
        if registry not in self._logged_in:
            self._run(image, "login", "--username", user, "--password-stdin", registry, said=password)
            self._logged_in.add(registry)
        return registry

    def _make(self, image: ImageAsset) -> str:
        """The name under which docker has the image on this machine."""
        self._say(f"image {image.name}: building")
        folder = self._root / image.directory
        if image.executable:
            return self._call(image, [*image.executable], folder).strip()
        if not folder.is_dir():
            raise OperationRefused(
                f"the folder {image.directory} of the image {image.name} is not there", hint="run 'cdk synth' again"
            )
        local = f"stackflight-asset:{self._fill(image.tag).lower()}"
        self._call(image, [self._docker, "build", "--tag", local, *map(self._fill, image.options), "."], folder)
        return local

    def _run(self, image: ImageAsset, *arguments: str, said: str = "") -> None:
        self._call(image, [self._docker, *arguments], self._root, said)

    def _call(self, image: ImageAsset, command: list[str], folder: Path, said: str = "") -> str:
        """What a command says on standard output. Raises OperationRefused with its last lines where it fails."""
        deed = command[1] if command[0] == self._docker else command[0]
        try:
            done = subprocess.run(command, cwd=folder, input=said, capture_output=True, text=True, check=False)
        except OSError as error:
            raise OperationRefused(
                f"{command[0]} for the image {image.name} cannot be run: {error.strerror}",
                hint="see the asset's manifest for what has to be installed",
            ) from None
        if done.returncode != 0:
            last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_LAST_LINES:])
            raise OperationRefused(
                f"{deed} of the image {image.name} failed with code {done.returncode}: {last}",
                hint=f"run it by hand in {folder} to see all of it",
            )
        return done.stdout
