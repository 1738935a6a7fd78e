"""One module of Python -> what a name stands for at a place, as far as the source says.

What the code takes from its environment stands as `${env:NAME}`, from the properties of a custom resource as
`${event:NAME}`, what it computes as `${?}`. Source: Python language reference, naming and binding; CloudFormation User
Guide, custom resource request objects (ResourceProperties).
"""

from __future__ import annotations

import ast
from collections import defaultdict

COMPUTED = "${?}"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)


class Names:
    """The bindings of a module: a name belongs to the innermost function that binds it."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.parents: dict[int, ast.AST] = {}
        self.loads: dict[str, list[ast.expr]] = defaultdict(list)
        self._bound: dict[tuple[int, str], list[ast.expr | None]] = defaultdict(list)
        nodes = list(ast.walk(tree))
        for node in nodes:
            for child in ast.iter_child_nodes(node):
                self.parents[id(child)] = node
        shared = {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
        for node in nodes:
            self._bind(node, shared)

    def _bind(self, node: ast.AST, shared: set[str]) -> None:
        if isinstance(node, ast.arg):
            self._bound[self._scope(self.parents[id(node)]), node.arg].append(None)
        if not isinstance(node, (ast.Name, ast.Attribute)) or not spelled(node):
            return
        name = spelled(node)
        if isinstance(node.ctx, ast.Load):
            self.loads[name].append(node)
            return
        owner = self.parents[id(node)]
        plain = isinstance(owner, ast.Assign) and node in owner.targets
        value = owner.value if isinstance(owner, ast.Assign) and plain else None
        if isinstance(owner, (ast.AnnAssign, ast.NamedExpr)) and owner.target is node:
            value = owner.value
        home = id(self.tree) if name in shared or isinstance(node, ast.Attribute) else self._scope(node)
        self._bound[home, name].append(value)

    def _scope(self, node: ast.AST) -> int:
        while not isinstance(node, _SCOPES):
            node = self.parents[id(node)]
        return id(node)

    def home(self, node: ast.expr) -> tuple[int, str] | None:
        """Where the name at a place is bound."""
        name, at = spelled(node), node
        while name:
            scope: ast.AST = at
            while not isinstance(scope, _SCOPES):
                scope = self.parents[id(scope)]
            if (id(scope), name) in self._bound:
                return id(scope), name
            if isinstance(scope, ast.Module) or id(scope) not in self.parents:
                return (id(self.tree), name) if (id(self.tree), name) in self._bound else None
            at = self.parents[id(scope)]  # type: ignore[assignment]
        return None

    def value(self, node: ast.expr) -> ast.expr | None:
        """What a name was given, where that happens in one place only."""
        home = self.home(node)
        given = self._bound[home] if home is not None else []
        return given[0] if len(given) == 1 else None

    def uses(self, target: ast.expr) -> list[ast.expr] | None:
        """Where the name of an assignment's target is read; None where it is bound in several places."""
        home = self.home(target)
        if home is None or len(self._bound[home]) != 1:
            return None
        return [node for node in self.loads[spelled(target)] if self.home(node) == home]

    def text(self, node: ast.expr | None, depth: int = 0) -> str:
        """What an expression gives."""
        match node:
            case None | ast.Constant(value=None):
                return ""
            case ast.Constant(value=str() as value):
                return value
            case ast.Constant(value=int() as number) if not isinstance(number, bool):
                return str(number)
            case ast.Call(func=ast.Name(id="int" | "str"), args=[inner]):
                return self.text(inner, depth)
            case ast.JoinedStr(values=parts):
                return "".join(self.text(part, depth) for part in parts)
            case ast.FormattedValue(value=inner):
                return self.text(inner, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.text(left, depth) + self.text(right, depth)
            case ast.Name() | ast.Attribute() if depth < 5 and self.value(node) is not None:
                return self.text(self.value(node), depth + 1)
        variable, key = _variable(node), self._property(node)
        return f"${{env:{variable}}}" if variable else f"${{event:{key}}}" if key else COMPUTED

    def _property(self, node: ast.expr) -> str:
        """The property that `event["ResourceProperties"]["X"]` reads, by `get` or by a name for the middle too."""
        owner, key = _looked_up(node)
        if isinstance(owner, ast.Name):
            owner = self.value(owner)
        return key if owner is not None and _looked_up(owner)[1] == "ResourceProperties" else ""


def spelled(node: ast.AST) -> str:
    """`name`, `self.name`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _looked_up(node: ast.expr) -> tuple[ast.expr | None, str]:
    """What `x["key"]` and `x.get("key")` look into, and the key; a default that is given leaves open which it is."""
    owner: ast.expr | None = None
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        owner, key = node.func.value, node.args[0]
    text = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
    return (owner, text) if text else (None, "")


def _variable(node: ast.expr) -> str:
    """The environment variable that `os.environ["X"]`, `os.environ.get("X")` or `os.getenv("X")` reads."""
    owner, key = _looked_up(node)
    if owner is not None and spelled(owner) in {"os.environ", "environ"}:
        return key
    if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in {"os.getenv", "getenv"}:
        first = node.args[0]
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return ""
