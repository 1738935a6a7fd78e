"""`compile_later`: a regular expression as `re.compile` has it, compiled when it is first asked.

Loading the checks defines some 160 of them, and a template asks few; compiling them all was a tenth of what a small one takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["compile_later"]

if TYPE_CHECKING:
    from re import compile as compile_later
else:

    class compile_later:  # noqa: N801  # it is called like the function that it stands for
        """The expression; its methods and attributes are those of what it is compiled to."""

        def __init__(self, pattern: str, flags: int = 0) -> None:
            self._given = (pattern, flags)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found
