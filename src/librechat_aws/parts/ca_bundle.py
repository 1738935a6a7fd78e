"""The authorities that sign the certificates of RDS and DocumentDB, as PEM text."""

from __future__ import annotations

from importlib.resources import files

from librechat_aws.config import Config


def ca_bundle_text(config: Config) -> str:
    """The bundle named in the settings, else the one in the package."""
    if config.ca_bundle is not None:
        return config.ca_bundle.read_text("ascii")
    return files("librechat_aws").joinpath("certificates", "rds-global-bundle.pem").read_text("ascii")
