"""What boto3 raises -> the exceptions of this program: what passes by itself, what somebody must renew, what is refused.

Source: botocore's exceptions; error codes of CloudFormation's API reference and of the common errors of AWS's APIs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions

from stackflight.errors import (
    CredentialsEnded,
    NetworkGone,
    NothingToDo,
    OperationRefused,
    StackflightError,
    Throttled,
)

_ENDED = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "RequestExpired", "UnrecognizedClientException",
    "InvalidAccessKeyId", "TokenRefreshRequired", "SignatureDoesNotMatch", "AuthFailure", "IncompleteSignature",
}  # fmt: skip
_THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
    "RequestThrottled", "RequestThrottledException", "SlowDown", "BandwidthLimitExceeded",
}  # fmt: skip
_PASSING = {"InternalFailure", "InternalError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout"}
_NO_CHANGES = ("No updates are to be performed", "didn't contain changes")
_RENEW = "renew them: aws sso login, or a new session of your profile"


@contextmanager
def translated() -> Iterator[None]:
    """Raises what is caught in the words of this program."""
    try:
        yield
    except exceptions.ClientError as error:
        raise translate(error) from None
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
    ) as error:
        raise CredentialsEnded(f"there are no credentials that work: {error}", hint=_RENEW) from None
    except exceptions.ProfileNotFound as error:
        raise OperationRefused(str(error), hint="see aws configure list-profiles") from None
    except exceptions.NoRegionError:
        raise OperationRefused("no Region is given", hint="give it: --region eu-central-1") from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise NetworkGone(f"AWS does not answer: {error}") from None
    except exceptions.ParamValidationError as error:
        raise OperationRefused(f"AWS would not take this request: {error}") from None


def translate(error: Any) -> StackflightError:
    """A ClientError in the words of this program."""
    answer = error.response.get("Error", {})
    code, message = str(answer.get("Code", "")), str(answer.get("Message", error))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _ENDED:
        return CredentialsEnded(f"the credentials do not work any more: {message}", hint=_RENEW)
    if code in _THROTTLED or "Rate exceeded" in message:
        return Throttled(f"AWS asks us to slow down: {message}")
    if code in _PASSING or status >= 500:
        return NetworkGone(f"AWS answers with an error of its own: {code} {message}".rstrip())
    if any(text in message for text in _NO_CHANGES):
        return NothingToDo(message)
    hint = ""
    if code in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}:
        hint = "these credentials may not do it; see what they need: stackflight rights deploy"
    return OperationRefused(f"{error.operation_name}: {message} ({code})", hint=hint)


def code_of(error: Any) -> str:
    """The error code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: Any) -> bool:
    """Whether a ClientError says that the stack or change set does not exist."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    return code_of(error) in {"ChangeSetNotFound", "StackNotFoundException"} or (
        code_of(error) == "ValidationError" and "does not exist" in message
    )
