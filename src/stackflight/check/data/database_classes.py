"""Database instance classes that are offered in at least one Region.

Date: 2026-10-20. Source: AWS price list by way of cfn-lint 1.58 (MIT-0): RDS, Amazon DocumentDB, Amazon Neptune. `RETIRED`
lists generations that still have prices but take no new instances of these engines. Source: Amazon RDS User Guide, DB
instance classes.
"""

from __future__ import annotations

# Engine -> sizes, by the families that have exactly these.
CLASSES = {
    "aurora-mysql": {
        "r3": "2xlarge 4xlarge 8xlarge large xlarge",
        "r4": "16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r5": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6g r7g x2g": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6i": "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge",
        "r6id": "24xlarge 32xlarge",
        "r7i r8a r8g": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "serverless": "",
        "t2": "medium small",
        "t3 t4g": "2xlarge large medium small xlarge",
    },
    "aurora-postgresql": {
        "r4": "16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r5": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6g r7g x2g": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6gd": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge xlarge",
        "r6i": "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge",
        "r6id": "24xlarge 32xlarge",
        "r7i r8a r8g": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "r8gd": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge xlarge",
        "serverless": "",
        "t3": "2xlarge large medium small xlarge",
        "t4g": "2xlarge large medium xlarge",
    },
    "docdb": {
        "r4": "16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r5": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6g": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6gd": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge xlarge",
        "r8g": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "t3 t4g": "medium",
    },
    "neptune": {
        "r4": "2xlarge 4xlarge 8xlarge large xlarge",
        "r5 r5d": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6g r6gd r7g x2g x2gd": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "r6i": "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge",
        "r7i r8g": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "serverless": "",
        "t3 t4g": "medium",
        "x2iedn": "16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge xlarge",
    },
    "mysql": {
        "m1": "large medium small xlarge",
        "m2": "2xlarge 4xlarge xlarge",
        "m3": "2xlarge large medium xlarge",
        "m4": "10xlarge 16xlarge 2xlarge 4xlarge large xlarge",
        "m5 m5d r5 r5b r5d": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "m6g m6gd m7g r6g r6gd r7g x2g": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "m6i m6id m6idn m6in r6i r6id r6idn r6in": "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge",
        "m7i m8a m8g m8gd m9g r7i r8a r8g r8gd": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "r3": "2xlarge 4xlarge 8xlarge large xlarge",
        "r4": "16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "t1": "micro",
        "t2 t3 t4g": "2xlarge large medium micro small xlarge",
        "x2idn": "16xlarge 24xlarge 32xlarge",
        "x2iedn": "16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge xlarge",
    },
    "mariadb": {
        "m3": "2xlarge large medium xlarge",
        "m4": "10xlarge 16xlarge 2xlarge 4xlarge large xlarge",
        "m5 m5d r5 r5b r5d": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "m6g m6gd m7g r6g r6gd r7g x2g": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "m6i m6id m6idn m6in r6i r6id r6idn r6in": "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge",
        "m7i m8a m8g m8gd m9g r7i r8a r8g r8gd": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "r3": "2xlarge 4xlarge 8xlarge large xlarge",
        "r4": "16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "t2 t3 t4g": "2xlarge large medium micro small xlarge",
        "x2idn": "16xlarge 24xlarge 32xlarge",
        "x2iedn": "16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge xlarge",
    },
    "postgres": {
        "m1": "large medium small xlarge",
        "m2": "2xlarge 4xlarge xlarge",
        "m3": "2xlarge large medium xlarge",
        "m4": "10xlarge 16xlarge 2xlarge 4xlarge large xlarge",
        "m5 m5d r5 r5b r5d": "12xlarge 16xlarge 24xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "m6g m6gd m7g r6g r6gd r7g x2g": "12xlarge 16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "m6i m6id m6idn m6in r6i r6id r6idn r6in": "12xlarge 16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge large xlarge",
        "m7i m8a m8g m8gd m9g r7i r8a r8g r8gd": "12xlarge 16xlarge 24xlarge 2xlarge 48xlarge 4xlarge 8xlarge large xlarge",
        "r3": "2xlarge 4xlarge 8xlarge large xlarge",
        "r4": "16xlarge 2xlarge 4xlarge 8xlarge large xlarge",
        "t1": "micro",
        "t2 t3 t4g": "2xlarge large medium micro small xlarge",
        "x2idn": "16xlarge 24xlarge 32xlarge",
        "x2iedn": "16xlarge 24xlarge 2xlarge 32xlarge 4xlarge 8xlarge xlarge",
    },
}

RETIRED = {"t1", "t2", "m1", "m2", "m3", "m4", "r3", "r4", "cr1"}


def offered(engine: str, name: str) -> bool | None:
    """Whether a class such as db.t3.micro is offered for an engine; None for engines that are not in the table."""
    families = CLASSES.get(engine)
    if families is None:
        return None
    _, _, rest = name.partition(".")
    family, _, size = rest.partition(".")
    if family in RETIRED and not engine.startswith(("aurora", "docdb", "neptune")):
        return False
    return any(family in names.split() and (size in sizes.split() or not sizes) for names, sizes in families.items())
