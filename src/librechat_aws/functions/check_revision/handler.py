"""Create, Update or Delete event in; done when a revision of the web function answers that it is ready.

Lambda makes a revision active also when it cannot start, and an endpoint sends it all traffic. This looks first, at an
endpoint of its own: the endpoint that people use moves only afterwards. Runs as the isComplete handler of a CDK provider:
`IsComplete` false means "ask again". Nothing is logged that came out of a secret.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import boto3

ATTEMPT_SECONDS = 60.0
HEADER = "x-origin-secret"

logger = logging.getLogger("check_revision")
logger.setLevel(logging.INFO)

Event = Mapping[str, Any]


def is_complete(event: Event, _context: object = None) -> dict[str, Any]:
    """`{"IsComplete": bool}`; the provider gives up after its own time, and the update goes back."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    properties = event["ResourceProperties"]
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=properties["SecretArn"])["SecretString"]
    request = urllib.request.Request(properties["Url"], headers={HEADER: json.loads(secret)["header"]})
    try:
        with urllib.request.urlopen(request, timeout=ATTEMPT_SECONDS) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    except OSError as error:
        logger.info("no answer: %s", type(error).__name__)
        return {"IsComplete": False}
    logger.info("answers %s", status)
    return {"IsComplete": status == 200}
