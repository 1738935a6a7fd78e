"""The estimate goes by what resources really took here, once they were seen often enough."""

from __future__ import annotations

from pathlib import Path

from deployments import world_of

from stackflight.local.ledger import LocalLedger
from stackflight.model.change import Action, Change
from stackflight.model.event import Event
from stackflight.model.run import Run
from stackflight.operate.eta import Eta, usual_from_table
from stackflight.operate.learning import learn_durations
from stackflight.operate.rehearse import RehearsalOptions, rehearse

NAT = "AWS::EC2::NatGateway"


def enter(
    ledger: LocalLedger, id: str, seconds: float, *, region: str = "eu-central-1", simulated: bool = False
) -> None:
    ledger.save(Run(id, "app.yaml", ("app",), "maria", "desk", "1", region, 1.0, simulated=simulated))
    ledger.record(id, [
        Event(10.0, "app", "Nat", NAT, "CREATE_IN_PROGRESS", id="1"),
        Event(12.0, "app", "Nat", NAT, "CREATE_IN_PROGRESS", "Resource creation Initiated", id="2"),
        Event(10.0 + seconds, "app", "Nat", NAT, "CREATE_COMPLETE", id="3"),
    ])  # fmt: skip


def test_real_runs_of_the_region_teach_and_no_others(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    enter(ledger, "r-1", 400.0)
    enter(ledger, "r-2", 9.0, simulated=True)
    enter(ledger, "r-3", 9.0, region="us-east-1")
    assert learn_durations(ledger, "eu-central-1") == {(NAT, "create"): [400.0]}


def test_three_of_a_kind_are_believed_more_than_the_table(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    for number, seconds in enumerate((400.0, 500.0, 600.0)):
        enter(ledger, f"r-{number}", seconds)
    world = world_of("Resources: {Nat: {Type: AWS::EC2::NatGateway}}")
    learnt = usual_from_table(learn_durations(ledger, "eu-central-1"))
    assert Eta(world, {"app": ()}, learnt, 0.0).look(0.0).left_p50 == 500.0


def test_a_rehearsal_takes_what_was_seen_here_three_times_before_the_table(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    for number, seconds in enumerate((400.0, 500.0, 600.0)):
        enter(ledger, f"r-{number}", seconds)
    world = world_of("Resources: {Nat: {Type: AWS::EC2::NatGateway}}")
    learnt = learn_durations(ledger, "eu-central-1")
    rehearsal = rehearse(world, (), RehearsalOptions(runs=0, learnt=learnt))
    assert [span.seconds for span in rehearsal.spans] == [500.0]
    assert rehearsal.sources == {"ledger": 1}
    few = {key: seconds[:2] for key, seconds in learnt.items()}
    assert rehearse(world, (), RehearsalOptions(runs=0, learnt=few)).sources == {"events": 1}


def test_a_custom_resource_that_was_seen_here_is_of_known_length() -> None:
    world = world_of("Resources: {Made: {Type: Custom::Made, Properties: {ServiceToken: arn}}}")
    learnt = {("Custom::Made", "create"): [200.0, 210.0, 220.0]}
    assert rehearse(world, (), RehearsalOptions(runs=0)).unseen == ("Made",)
    assert rehearse(world, (), RehearsalOptions(runs=0, learnt=learnt)).unseen == ()


def test_the_estimate_of_an_update_waits_for_what_the_template_says() -> None:
    text = """
Resources:
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
  Web: {Type: AWS::ECS::Service, Properties: {LoadBalancers: [{TargetGroupArn: !Ref Targets}]}}
"""
    eta = Eta(world_of(text), {"app": ()}, usual_from_table(), 0.0)
    eta.plan("app", [Change("Web", "AWS::ECS::Service", Action.MODIFY, properties=("TaskDefinition",))])
    left = eta.look(0.0).left_p50
    assert left is not None
    assert 300 < left < 500


def test_the_rest_is_corrected_with_every_event() -> None:
    world = world_of("Resources: {A: {Type: AWS::EC2::NatGateway}, B: {Type: AWS::IAM::Role, DependsOn: A}}")
    eta = Eta(world, {"app": ()}, lambda resource, *_: (100.0, 200.0) if resource.type == NAT else (20.0, 30.0), 0.0)
    assert eta.look(0.0).left_p50 == 120.0
    eta.hear(Event(5.0, "app", "A", NAT, "CREATE_IN_PROGRESS", id="1"), 5.0)
    assert eta.look(55.0).left_p50 == 70.0
    late = eta.look(255.0)
    assert late.working[0].late
    assert late.left_p50 is not None
    assert late.left_p50 > 20.0
    eta.hear(Event(260.0, "app", "A", NAT, "CREATE_COMPLETE", id="2"), 260.0)
    assert eta.look(260.0).left_p50 == 20.0
    assert (eta.look(260.0).done, eta.look(260.0).steps) == (1, 2)
