"""Code -> whether it connects over IPv6 and nothing else.

Sources: Python library reference, socket (address families); Node.js documentation, net.connect and dns.lookup (family);
RFC 3986 (IPv6 addresses in URLs).
"""

from __future__ import annotations

import ast
import re

from stackflight.patterns import compile_later

_FAMILIES = {"AF_INET", "AF_INET6", "AF_UNSPEC"}
_NODE_SIX = compile_later(r"\bfamily\s*:\s*(?:6|[\"']IPv6[\"'])|\bresolve6\s*\(")
_NODE_OTHER = compile_later(r"\bfamily\s*:\s*(?:0|4|[\"']IPv4[\"'])|\bresolve4\s*\(|\.listen\s*\(")
_LITERAL = compile_later(r"^https?://\[2[0-9a-f]{3}:[0-9a-f:.]+\]", re.IGNORECASE)


def calls_six_only(source: str, tree: ast.Module | None) -> bool:
    """Code that serves, names another family as well, or takes this one in a branch is not meant."""
    if tree is None:
        return bool(_NODE_SIX.search(source)) and not _NODE_OTHER.search(source)
    nodes = list(ast.walk(tree))
    branches = (ast.If, ast.IfExp, ast.Compare, ast.Try)
    if any(_names_six(inner) for node in nodes if isinstance(node, branches) for inner in ast.walk(node)):
        return False
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    named |= {node.id for node in nodes if isinstance(node, ast.Name)}
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    if named & {"bind", "listen", "create_server"} or any(text in {"::1", "localhost"} for text in texts):
        return False
    return named & _FAMILIES == {"AF_INET6"} or any(_LITERAL.match(text) for text in texts)


def _names_six(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "AF_INET6") or (
        isinstance(node, ast.Name) and node.id == "AF_INET6"
    )
