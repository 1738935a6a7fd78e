"""The source of a function -> its syntax tree, where it is Python and not too long to be read."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from stackflight.model.budgets import CODE_CHARACTERS, CODE_LEVELS


@lru_cache(maxsize=256)
def parse_python(source: str) -> ast.Module | None:
    """The tree, which nobody may change; None where the text is another language, broken, or beyond its budget."""
    if len(source) > CODE_CHARACTERS.most:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on what somebody else wrote
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _levels(tree) <= CODE_LEVELS.most else None


def _levels(tree: ast.AST) -> int:
    """How deep expressions and blocks are nested; whoever walks the tree calls itself as often."""
    level, levels = [tree], 0
    while level and levels <= CODE_LEVELS.most:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        levels += 1
    return levels
