"""The user of a database whose password a secret holds: what the functions that make such users have in common.

Copied beside the handler into the code of each of them. Nothing is logged that came out of a secret.
"""

from __future__ import annotations

import json
import logging
import random
import string
import time
from collections.abc import Callable, Mapping
from secrets import choice
from typing import Any

# One call makes attempts for at most this long; the function's timeout is 90 s and the provider asks again.
BUDGET_SECONDS = 20.0
ATTEMPT_SECONDS = 5.0
FIRST_DELAY_SECONDS = 0.5

FIRST_ROTATION = "0"
PASSWORD_LENGTH = 40

logger = logging.getLogger("database_user")
logger.setLevel(logging.INFO)

Event = Mapping[str, Any]


class NotReadyError(Exception):
    """The server does not answer yet; trying again later may help."""


def same_id(event: Event, kind: str) -> dict[str, Any]:
    """The answer to an event at once: a physical id that is the same for every event, so that no update replaces anything."""
    logger.info("%s", event["RequestType"])
    return {"PhysicalResourceId": event.get("PhysicalResourceId") or f"{kind}-{event['LogicalResourceId']}"}


def read_secret(secrets: Any, arn: str) -> dict[str, str]:
    """The keys of a secret that holds a JSON object."""
    content: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    return content


def with_rotation(secrets: Any, properties: Event) -> dict[str, str]:
    """The user's secret, with a new password if the settings ask for another `Rotation` than the secret remembers.

    The secret is written before the database: whoever repeats this finds the number, and sets the same password.
    """
    user = read_secret(secrets, properties["UserSecretArn"])
    wanted = properties.get("Rotation", FIRST_ROTATION)
    if (user.get("rotation") or FIRST_ROTATION) == wanted:
        return user
    password = "".join(choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_LENGTH))
    user = {**user, "rotation": wanted, "password": password}
    secrets.put_secret_value(SecretId=properties["UserSecretArn"], SecretString=json.dumps(user, sort_keys=True))
    logger.info("new password, rotation %s", wanted)
    return user


def with_retries(
    attempt: Callable[[], None],
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> None:
    """Repeat `attempt` on NotReadyError with doubling, jittered delays; never starts one after the budget."""
    deadline = now() + BUDGET_SECONDS
    delay = FIRST_DELAY_SECONDS
    while True:
        try:
            return attempt()
        except NotReadyError:
            pause = delay * (0.5 + jitter() / 2)
            if now() + pause + ATTEMPT_SECONDS > deadline:
                raise
            sleep(pause)
            delay *= 2
