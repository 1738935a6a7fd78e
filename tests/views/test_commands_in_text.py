"""Commands in advice are set as code, from the program to its last argument."""

from __future__ import annotations

import pytest

from stackflight.views.commands import told_from_prose


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Wait. aws cloudformation describe-stack-events --stack-name web --max-items 20", ["aws cloudformation describe-stack-events --stack-name web --max-items 20"]),
        ("Log in again (aws sso login), look at the stack: stackflight watch web.", ["aws sso login", "stackflight watch web"]),
        ("stackflight check TEMPLATE finds it before anything is made", ["stackflight check TEMPLATE"]),
        ("aws ec2 describe-images --filters Name=id,Values=A --query 'Images[].[A,B]', then deploy", ["aws ec2 describe-images --filters Name=id,Values=A --query 'Images[].[A,B]'"]),
        ("Let the role call s3:GetObject on the bucket.", []),
    ],
)  # fmt: skip
def test_a_command_is_told_from_the_prose_around_it(text: str, commands: list[str]) -> None:
    parts = list(told_from_prose(text))
    assert "".join(part for part, _ in parts) == text
    assert [part for part, is_command in parts if is_command] == commands
