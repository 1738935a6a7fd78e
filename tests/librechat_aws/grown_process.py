"""Synthesises twice in one process: as it is, and with the numbers of tokens growing by a digit amid the secrets.

Arguments: preset, directory of the first assembly, of the second. The CDK numbers its tokens per process, never per app.
"""

import os
import re
import sys
from typing import Any

from librechat_aws.node import ensure_node

os.environ["CDK_VALIDATION"] = "false"
ensure_node(os.environ)

from aws_cdk import Token  # noqa: E402

from librechat_aws.app import synthesise  # noqa: E402
from librechat_aws.parts import secrets  # noqa: E402
from librechat_aws.request import read_request  # noqa: E402
from librechat_aws.resolve import resolve  # noqa: E402


def _next_number() -> int:
    found = re.search(r"\.(\d+)\]", Token.as_string({"Ref": "Nothing"}))
    assert found is not None
    return int(found[1])


class _InGrowingProcess(secrets.ContractedSecret):
    """After the second secret, tokens are made until the next one's number has a digit more."""

    built = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        type(self).built += 1
        if self.built == 2:
            number = _next_number()
            for _ in range(number, 10 ** len(str(number))):
                Token.as_string({"Ref": "Nothing"})


preset, first, second = sys.argv[1:]
config = resolve(read_request(preset))
synthesise(config, first)
secrets.ContractedSecret = _InGrowingProcess  # type: ignore[misc]
synthesise(config, second)
assert _InGrowingProcess.built > 2
