"""`dataclass` of frozen classes as the standard library has it, made when its first object is.

A check of one small template defines some 140 of them and makes objects of few. The library compiles six methods for each as it is
defined, a third of what a check then takes; here `__init__` is compiled at the first call, and the others are closures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool = False) -> Callable[[type], type]:
        """As `dataclasses.dataclass(frozen=True, slots=slots)`; what a class defines itself stays."""
        assert frozen, "classes that change are dataclasses of the standard library"

        def make(cls: type) -> type:
            own = dict(vars(cls))
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
            for name, method in _methods(made).items():
                if own.get(name) is None:
                    method.__name__ = name
                    method.__qualname__ = f"{made.__qualname__}.{name}"
                    setattr(made, name, method)
            return made

        return make


def _methods(cls: type) -> dict[str, Callable[..., Any]]:
    fields = dataclasses.fields(cls)
    names = [field.name for field in fields]
    shown = [field.name for field in fields if field.repr]
    compared = _getter([field.name for field in fields if field.compare])
    hashed = _getter([field.name for field in fields if (field.compare if field.hash is None else field.hash)])

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = _compile_init(cls)  # type: ignore[misc]
        cls.__init__(self, *args, **kwargs)  # type: ignore[misc]

    def represent(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def digest(self: Any) -> int:
        return hash(hashed(self))

    def save(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def load(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__init__": init,
        "__repr__": recursive_repr()(represent),
        "__eq__": equal,
        "__hash__": digest,
        "__getstate__": save,
        "__setstate__": load,
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
    }


def _getter(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _self: ()


def _refuse_to_set(_self: Any, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _compile_init(cls: type) -> Callable[..., None]:
    """The method that the library would make: a parameter for each field, a new default for each object where one is made."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_made": object()}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        name, value = field.name, field.name
        if field.default_factory is not dataclasses.MISSING:
            scope[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}()"
            if field.init:
                parameters.append(f"{name}=_made")
                value += f" if {name} is _made else {name}"
        elif field.default is not dataclasses.MISSING:
            scope[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"]), scope)  # noqa: S102
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made
