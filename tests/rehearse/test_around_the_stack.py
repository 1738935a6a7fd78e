"""What is waited for outside the stacks is shown apart from their lengths, and a limit counts it."""

from __future__ import annotations

from rehearsal_worlds import world_of, worlds_of

from stackflight.model.estimate import Parcel, Rehearsal
from stackflight.model.limits import Limits
from stackflight.operate.limits import find_exceeded
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.views.paper import Paper
from stackflight.views.rehearsal_json import rehearsal_object
from stackflight.views.rehearsal_text import render_rehearsal

TOPIC = "Resources: {Topic: {Type: AWS::SNS::Topic}}"


def played(parcel: Parcel | None = None, *, delete: bool = False) -> Rehearsal:
    return rehearse(world_of(TOPIC), (), RehearsalOptions(runs=3, parcel=parcel or Parcel(), delete=delete))


def test_a_template_waits_for_its_change_set_and_every_further_stack_for_another() -> None:
    assert [(one.what, one.p50) for one in played().around] == [("change set", 7.0)]
    two = rehearse(worlds_of(("a", TOPIC, ()), ("b", TOPIC, ("a",))), (), RehearsalOptions(runs=3))
    assert [(one.what, one.p50) for one in two.around] == [("change sets", 14.0)]


def test_a_deletion_waits_for_nothing_besides() -> None:
    assert played(delete=True).around == ()


def test_an_upload_takes_what_its_size_takes_and_bootstrapping_is_shown_and_not_counted() -> None:
    small, large = (played(Parcel(2, size, is_cdk=True)) for size in (10_000, 400_000_000))
    assert large.whole.p50 - small.whole.p50 > 90
    assert [one.what for one in small.around if one.once] == ["bootstrap"]
    assert 7 < small.whole.p50 - small.estimate.p50 < 10


def test_images_take_nobody_knows_how_long_and_make_the_whole_a_lower_bound_but_not_the_stack() -> None:
    rehearsal = played(Parcel(images=2, is_cdk=True))
    found, text = rehearsal_object(rehearsal), render_rehearsal(rehearsal, Paper(width=100))
    assert found["seconds"]["lower_bound"] is False
    assert found["whole"]["lower_bound"] is True
    assert "images unknown (2 images to build and push" in " ".join(text.split())
    assert "in all        at least 0:" in text


def test_a_limit_counts_what_is_around() -> None:
    rehearsal = played(Parcel(3, 900_000_000, is_cdk=True))
    limit = Limits(None, rehearsal.estimate.p90 + 60)
    assert [one.check for one in find_exceeded(world_of(TOPIC), limit, None, rehearsal)] == ["duration-above-limit"]
    assert find_exceeded(world_of(TOPIC), limit, None, played()) == ()
