"""Writes src/stackflight/facts/policy_paths.json: AWS's managed policies by path, as moto carries them.

    .venv/bin/python tools/build_policies.py

moto takes them from IAM itself (ListPolicies of an account). The withdrawn ones are written by hand and kept.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

TABLE = Path(__file__).parents[1] / "src" / "stackflight" / "facts" / "policy_paths.json"


def main() -> None:
    """Write the table anew."""
    paths: dict[str, list[str]] = defaultdict(list)
    for name, policy in json.loads(aws_managed_policies_data).items():
        paths[policy["Path"].lstrip("/")].append(name)
    gone = json.loads(TABLE.read_text(encoding="utf-8"))["gone"]
    listed = {name for names in paths.values() for name in names}
    table = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "source": f"IAM, ListPolicies, as moto {version('moto')} carries it; AWS Managed Policy Reference Guide",
        "note": "AWS's managed policies by what stands before their names, and those that AWS has removed or that cannot be attached any more",
        "paths": {path: sorted(names) for path, names in sorted(paths.items())},
        "gone": [name for name in gone if name not in listed],
    }
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
