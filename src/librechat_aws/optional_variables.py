"""optional_variables.json in, the LibreChat variables out that a person may set beyond those this app sets.

Names end there, and with those that a person's own librechat.yaml mentions: the app never guesses. Secrets may only come
from Secrets Manager.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

_DATA: Final[dict[str, Any]] = json.loads(files("librechat_aws").joinpath("optional_variables.json").read_text("utf-8"))

OPTIONAL_VARIABLES: Final = frozenset(name for names in _DATA["plain"].values() for name in names.split())
OPTIONAL_SECRETS: Final = frozenset(_DATA["secret"].split())
