"""The exception tree of the app; a message says what happened, `hint` says what to do.

    LibreChatError
    ├── SettingsError       a preset, key, value or combination is wrong (exit code 64)
    ├── PackageError        the files of an image cannot be made a package (exit code 1)
    └── ToolMissingError    Node or the CDK is not installed (exit code 1)

Only `librechat_aws.__main__` catches.
"""

from __future__ import annotations


class LibreChatError(Exception):
    """`str()` is the message; `hint` is one sentence of advice or empty."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SettingsError(LibreChatError):
    """What was asked for is unknown or not possible."""

    exit_code = 64


class ToolMissingError(LibreChatError):
    """A program or package that synthesis needs is missing."""


class PackageError(LibreChatError):
    """What was to be packed cannot run where it would have to."""
