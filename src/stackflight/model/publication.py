"""What a cloud assembly wants to be done before and with a stack: files and images to publish, roles to take, how it is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.records import dataclass


@dataclass(frozen=True)
class FileAsset:
    """A file, or a folder that is zipped, and where it goes. `path` is relative to the assembly; `key` is its content.

    `bucket`, `role` and `region` may hold the placeholders of the assembly, `${AWS::AccountId}` and the like.
    """

    name: str
    path: str
    zipped: bool
    bucket: str
    key: str
    role: str = ""
    region: str = ""


@dataclass(frozen=True)
class ImageAsset:
    """A container image and the tag of a repository under which it goes. `tag` is its content.

    It is built from `directory`, relative to the assembly, with `options` of `docker build`; or `executable` is run
    there and names an image of this machine. Placeholders as in a `FileAsset`.
    """

    name: str
    directory: str
    repository: str
    tag: str
    options: tuple[str, ...] = ()
    executable: tuple[str, ...] = ()
    role: str = ""
    region: str = ""


@dataclass(frozen=True)
class Publication:
    """One stack's. `template_url` is where its own template will lie.

    `deploy_role` is taken for the calls, `execution_role` is what CloudFormation acts as, `bootstrap_version` the least
    version of the bootstrap stack, whose parameter in SSM is `bootstrap_parameter`.
    """

    files: tuple[FileAsset, ...] = ()
    images: tuple[ImageAsset, ...] = ()
    template_url: str = ""
    deploy_role: str = ""
    execution_role: str = ""
    bootstrap_version: int = 0
    bootstrap_parameter: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    notifications: tuple[str, ...] = ()
    protect: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that whoever deploys takes, each once; the one that CloudFormation acts as is not among them."""
        taken = (self.deploy_role, *(one.role for one in self.files), *(one.role for one in self.images))
        return tuple(dict.fromkeys(role for role in taken if role))


def bootstrap_command(account: str, region: str) -> str:
    """What prepares an account and a Region for the CDK."""
    return f"npx cdk bootstrap aws://{account}/{region}"
