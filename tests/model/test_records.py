"""Frozen classes of ours do what the standard library's do."""

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from stackflight import records


def classes(dataclass: Callable[..., Any], slots: bool) -> tuple[Any, Any]:
    @dataclass(frozen=True, slots=slots)
    class Base:
        name: str
        size: int = 3
        parts: list[int] = dataclasses.field(default_factory=list, compare=False)
        told: dict[str, int] = dataclasses.field(default_factory=dict, init=False, repr=False, compare=False)

        def __post_init__(self) -> None:
            self.told["size"] = self.size

    @dataclass(frozen=True, slots=slots)
    class Derived(Base):
        child: object = None

        def __repr__(self) -> str:
            return f"derived {self.name}"

    return Base, Derived


@pytest.fixture(params=[False, True], ids=["dict", "slots"])
def pair(request: pytest.FixtureRequest) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return classes(records.dataclass, request.param), classes(dataclasses.dataclass, request.param)


# ruff: noqa: ARG005 -- one signature for all
ANSWERS: list[Callable[[Any, Any], object]] = [
    lambda base, derived: repr(base("a", parts=[1])),
    lambda base, derived: repr(derived("a", 4, child=base("b"))),
    lambda base, derived: base("a", parts=[1]) == base("a", parts=[2]),
    lambda base, derived: (base("a") == base("b"), base("a") == derived("a"), base("a") == "a"),
    lambda base, derived: len({base("a"), base("a", 3), base("a", 4), derived("a")}),
    lambda base, derived: (base("a").parts is base("a").parts, base("a").told, derived("a", 5).told),
    lambda base, derived: repr(dataclasses.replace(base("a"), size=9)),
    lambda base, derived: dataclasses.asdict(derived("a", child=base("b"))),
    lambda base, derived: [field.name for field in dataclasses.fields(derived)],
    lambda base, derived: (base.__match_args__, derived.__match_args__),
]

REFUSED: list[Callable[[Any, Any], object]] = [
    lambda base, derived: base(),
    lambda base, derived: base("a", 1, [], {}),
    lambda base, derived: base("a", colour="red"),
    lambda base, derived: setattr(base("a"), "name", "b"),
    lambda base, derived: setattr(derived("a"), "child", "b"),
    lambda base, derived: delattr(base("a"), "name"),
]


@pytest.mark.parametrize("ask", ANSWERS)
def test_an_object_answers_as_one_of_the_library(ask: Callable[[Any, Any], object], pair: Any) -> None:
    ours, theirs = pair
    assert ask(*ours) == ask(*theirs)


@pytest.mark.parametrize("ask", REFUSED)
def test_what_the_library_refuses_is_refused_with_its_words(ask: Callable[[Any, Any], object], pair: Any) -> None:
    ours, theirs = pair
    with pytest.raises(Exception) as expected:
        ask(*theirs)
    with pytest.raises(type(expected.value)) as said:
        ask(*ours)
    assert str(said.value) == str(expected.value)


@records.dataclass(frozen=True, slots=True)
class Sent:
    """One that another process reads."""

    name: str
    parts: tuple[int, ...] = ()


def test_an_object_survives_the_way_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Sent("a", (1,)))) == Sent("a", (1,))
