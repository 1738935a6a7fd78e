"""The CDK's bootstrap stack of an account and Region: its version, which it keeps in a parameter."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from stackflight.aws.refusals import code_of, translated


def read_bootstrap(client: Any, parameter: str) -> int | None:
    """The version of the bootstrap stack; None where there is none. Raises CloudUnavailable, OperationRefused."""
    with translated():
        try:
            return int(client.get_parameter(Name=parameter)["Parameter"]["Value"])
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise
            return None
