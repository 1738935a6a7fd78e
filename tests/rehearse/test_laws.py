"""What holds for every template, every luck and every failure."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsal_worlds import behaviours, cloud_with, faults_for, kinds, last_status, worlds

from stackflight.model.ending import is_retained
from stackflight.model.event import Cursor, Event, StackStatus
from stackflight.model.plan import CreateStack, DeleteStack, OnFailure, UpdateStack
from stackflight.model.template import World
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.change_sets import changes_of
from stackflight.rehearse.simulator import SimulatedCloud

laws = settings(max_examples=60, deadline=None)


def create(world: World, behaviour: Behaviour, faults: dict, **how: object) -> SimulatedCloud:
    cloud = cloud_with(faults, behaviour)
    cloud.start(CreateStack("app", world, **how))
    cloud.settle()
    return cloud


@laws
@given(st.data(), behaviours)
def test_dependents_never_start_before_what_they_need_has_let_go(data: st.DataObject, behaviour: Behaviour) -> None:
    world = data.draw(worlds())
    cloud = create(world, behaviour, data.draw(faults_for(world)))
    began, let_go = {}, {}
    for event in cloud.events("app"):
        key = (event.stack, event.resource)
        if event.status == "CREATE_IN_PROGRESS":
            began.setdefault(key, event.time)
        if event.status == "CREATE_COMPLETE" or event.reason.startswith("Eventual consistency"):
            let_go.setdefault(key, event.time)
    for address, resource in world.resources.items():
        for edge in resource.edges:
            if address in began and edge.target.stack == address.stack:
                assert let_go[edge.target] <= began[address]


@laws
@given(st.data(), behaviours, st.sampled_from(OnFailure))
def test_everything_that_was_started_reaches_an_end(
    data: st.DataObject, behaviour: Behaviour, on_failure: OnFailure
) -> None:
    world = data.draw(worlds())
    faults = data.draw(faults_for(world, ("create", "delete")))
    timeout = data.draw(st.sampled_from((None, 30.0, 600.0)))
    cloud = create(world, behaviour, faults, on_failure=on_failure, timeout_seconds=timeout)
    assert cloud.finished("app")
    for (stack, _), event in last_status(cloud.events("app")).items():
        parent_over = not cloud.engine.stacks[stack].status.in_progress
        assert parent_over and not event.status.endswith("IN_PROGRESS"), event


@laws
@given(st.data(), behaviours)
def test_after_a_failed_creation_nothing_is_alive_but_what_a_policy_retains(
    data: st.DataObject, behaviour: Behaviour
) -> None:
    world = data.draw(worlds())
    cloud = create(world, behaviour, data.draw(faults_for(world)))
    if cloud.status("app") is StackStatus.CREATE_COMPLETE:
        return
    assert cloud.status("app") is StackStatus.ROLLBACK_COMPLETE
    for live in cloud.engine.stacks.values():
        for item in live.alive:
            above = [cloud.engine.stacks[live.root].items.get(part) for part in live.name.split("/")[1:]]
            kept = is_retained(item.resource, of_create=True)
            assert kept or any(one is not None and is_retained(one.resource, of_create=True) for one in above)


@laws
@given(st.data(), behaviours)
def test_deleting_what_was_created_leaves_only_what_is_retained(data: st.DataObject, behaviour: Behaviour) -> None:
    world = data.draw(worlds())
    cloud = create(world, behaviour, {})
    assert cloud.status("app") is StackStatus.CREATE_COMPLETE
    cloud.start(DeleteStack("app"))
    cloud.settle()
    assert cloud.status("app") is None
    root = cloud.engine.stacks["app"]
    assert {item.id for item in root.alive} == {item.id for item in root.items.values() if is_retained(item.resource)}


@laws
@given(st.data(), behaviours)
def test_the_rollback_of_an_update_restores_the_former_template(data: st.DataObject, behaviour: Behaviour) -> None:
    types = data.draw(kinds)
    before, after = data.draw(worlds(types)), data.draw(worlds(types))
    cloud = create(before, behaviour, {})
    cloud.engine.faults = data.draw(faults_for(after, ("create", "update")))
    live = cloud.engine.stacks["app"]
    ids = {id: item.physical_id for id, item in live.items.items()}
    if not changes_of(live, after, cloud.engine.stacks):
        return
    cloud.start(UpdateStack("app", after))
    cloud.settle()
    if cloud.status("app") is StackStatus.UPDATE_COMPLETE:
        assert set(live.items) == set(after.stack("app").resources)
        return
    assert cloud.status("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert live.template == before.stack("app")
    assert {id: item.physical_id for id, item in live.items.items()} == ids
    assert {id: item.resource for id, item in live.items.items()} == before.stack("app").resources


@laws
@given(st.data(), behaviours)
def test_the_events_of_a_stack_are_ordered_in_time(data: st.DataObject, behaviour: Behaviour) -> None:
    world = data.draw(worlds())
    cloud = create(world, behaviour, data.draw(faults_for(world)))
    times = [event.time for event in cloud.events("app")]
    assert times == sorted(times)


@settings(max_examples=15, deadline=None)
@given(worlds(), st.integers(0, 3))
def test_the_same_rehearsal_twice_is_identical(world: World, seed: int) -> None:
    options = RehearsalOptions(seed=seed, runs=8, explore=True, budget_seconds=600)
    assert rehearse(world, (), options) == rehearse(world, (), options)


@laws
@given(st.data(), behaviours)
def test_a_creation_and_its_rollback_are_two_operations_with_one_id_each(
    data: st.DataObject, behaviour: Behaviour
) -> None:
    world = data.draw(worlds())
    cloud = create(world, behaviour, data.draw(faults_for(world)))
    live = cloud.engine.stacks["app"]
    kinds = {one.id: one.kind for one in live.undertakings}
    failed = "ROLLBACK" in str(cloud.status("app"))
    assert [*kinds.values()] == ["CREATE_STACK", *(["ROLLBACK"] if failed else [])]
    for event in live.history:
        of_rollback = event.status.startswith(("ROLLBACK", "DELETE"))
        assert kinds[event.operation] == ("ROLLBACK" if of_rollback else "CREATE_STACK")


@laws
@given(st.data(), behaviours, st.lists(st.floats(0.1, 400), max_size=30))
def test_looking_often_or_seldom_shows_the_same_events(
    data: st.DataObject, behaviour: Behaviour, steps: list[float]
) -> None:
    world = data.draw(worlds())
    faults = data.draw(faults_for(world))
    at_once = create(world, behaviour, faults)
    stepwise = cloud_with(faults, behaviour)
    stepwise.start(CreateStack("app", world))
    seen: list[Event] = []
    for step in steps:
        stepwise.clock.sleep(step)
        seen += stepwise.events("app", Cursor().past(seen))
        assert all(event.time <= stepwise.clock.now() for event in seen)
    stepwise.settle()
    seen += stepwise.events("app", Cursor().past(seen))
    assert len({event.id for event in seen}) == len(seen)
    assert seen == list(at_once.events("app"))


@laws
@given(worlds(), st.integers(0, 20))
def test_on_the_critical_path_each_step_waits_for_the_one_before_and_the_last_ends_last(
    world: World, seed: int
) -> None:
    rehearsal = rehearse(world, (), RehearsalOptions(seed=seed, runs=3))
    path = rehearsal.critical_path
    assert path[-1].end == max(span.end for span in rehearsal.spans)
    for before, after in pairwise(path):
        let_go = before.released if before.released is not None else before.end
        assert let_go <= after.start
        if before.stack == after.stack:
            assert after.cause == before.resource
