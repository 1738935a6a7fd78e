"""The spread, the critical path, what would shorten it, budgets, leftovers, and the worst recoveries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rehearsal_worlds import world_of, worlds_of

from stackflight.facts.types import type_facts
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.chance import draw
from stackflight.rehearse.durations import standard_durations
from stackflight.rehearse.repeat import percentile
from stackflight.rehearse.variants import variant_of

SLOW = """
Resources:
  Vpc: {Type: AWS::EC2::VPC}
  Database: {Type: AWS::RDS::DBInstance, Properties: {Vpc: !Ref Vpc}}
  Cache: {Type: AWS::ElastiCache::ReplicationGroup, DependsOn: Database}
  Topic: {Type: AWS::SNS::Topic}
"""


def test_the_critical_path_is_the_chain_of_waiting_that_ends_last() -> None:
    rehearsal = rehearse(world_of(SLOW), [], RehearsalOptions(runs=0))
    assert [span.resource for span in rehearsal.critical_path] == ["Vpc", "Database", "Cache"]


def test_an_order_made_by_depends_on_alone_is_named_with_what_it_costs() -> None:
    rehearsal = rehearse(world_of(SLOW), [], RehearsalOptions(runs=0))
    order = next(saving for saving in rehearsal.savings if "only DependsOn" in saving.advice)
    assert order.resources == ("Cache", "Database")
    assert 300 < order.seconds < 400


def test_half_of_the_runs_are_shorter_than_the_median_and_nine_of_ten_than_the_ninetieth_percentile() -> None:
    rehearsal = rehearse(world_of(SLOW), [], RehearsalOptions(seed=3, runs=100))
    assert rehearsal.estimate.p50 < rehearsal.estimate.p90
    assert abs(rehearsal.seconds - rehearsal.estimate.p50) < 60
    assert rehearsal.outcomes == {"CREATE_COMPLETE": 100}


def test_a_budget_tells_which_share_of_the_runs_it_holds() -> None:
    tight = rehearse(world_of(SLOW), [], RehearsalOptions(seed=3, runs=50, budget_seconds=60)).budget
    ample = rehearse(world_of(SLOW), [], RehearsalOptions(seed=3, runs=50, budget_seconds=86_400)).budget
    assert tight is not None and tight.share_within == 0
    assert ample is not None and ample.share_within == 1


def test_another_seed_is_another_luck() -> None:
    lengths = {rehearse(world_of(SLOW), [], RehearsalOptions(seed=seed, runs=3)).estimate.p50 for seed in range(4)}
    assert len(lengths) == 4


def test_exploring_fails_each_resource_once_and_shows_the_worst_first() -> None:
    text = """
Resources:
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: chat/app}}
  Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: chat-files}}
  First: {Type: AWS::SNS::Topic}
  Last: {Type: AWS::SNS::Topic, DependsOn: [Secret, Bucket]}
"""
    rehearsal = rehearse(world_of(text), [], RehearsalOptions(runs=0, explore=True))
    assert len(rehearsal.recoveries) == 4
    worst = rehearsal.recoveries[0]
    assert worst.resource == "Last"
    assert [left.blocks for left in worst.leftovers] == [
        "the name chat/app stays reserved: the next creation fails until the secret is restored or purged",
        "the name chat-files is taken: the next creation fails with AlreadyExists",
    ]


def test_stacks_that_were_complete_before_the_failure_stay_and_are_named_once() -> None:
    bucket = "Resources: {Bucket: {Type: AWS::S3::Bucket}, Topic: {Type: AWS::SNS::Topic}}"
    world = worlds_of(("network", bucket, ()), ("app", bucket, ("network",)))
    rehearsal = rehearse(world, [], RehearsalOptions(runs=0, fail=("app/Bucket",)))
    assert [(left.resource, left.why) for left in rehearsal.leftovers] == [
        ("network", "this stack was complete before; it stays and is charged")
    ]


def test_taking_down_tells_what_survives() -> None:
    text = """
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {PendingWindowInDays: 7}}
  Database: {Type: AWS::RDS::DBCluster}
  Logs: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain}
"""
    rehearsal = rehearse(world_of(text), [], RehearsalOptions(runs=0, delete=True))
    assert rehearsal.outcome == "DELETE_COMPLETE"
    assert {left.resource: left.why for left in rehearsal.leftovers} == {
        "Key": "the key is deleted only after 7 days",
        "Database": "a final snapshot stays and is charged",
        "Logs": "its DeletionPolicy retains it",
    }


def test_the_interfaces_of_a_function_hold_a_deletion_for_more_than_twenty_minutes() -> None:
    text = """
Resources:
  Subnet: {Type: AWS::EC2::Subnet}
  Function: {Type: AWS::Lambda::Function, Properties: {VpcConfig: {SubnetIds: [!Ref Subnet]}}}
"""
    rehearsal = rehearse(world_of(text), [], RehearsalOptions(runs=0, delete=True))
    assert 1200 < rehearsal.seconds < 2700


def test_an_update_is_rehearsed_against_what_is_deployed() -> None:
    text = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: %s}}, Vpc: {Type: AWS::EC2::VPC}}"
    rehearsal = rehearse(world_of(text % "new"), [], RehearsalOptions(runs=0, current=world_of(text % "old")))
    assert rehearsal.outcome == "UPDATE_COMPLETE"
    assert [span.resource for span in rehearsal.spans] == ["Topic"]


def test_every_duration_has_rising_quantiles_a_source_and_a_number_of_samples_where_it_was_measured() -> None:
    table = standard_durations()
    for key, duration in table.rows.items():
        assert list(duration.quantiles) == sorted(duration.quantiles), key
        assert duration.quantiles[0] > 0, key
        assert duration.source in table.sources, key
        assert (duration.n is not None) == (duration.source in {"events", "terraform", "reported"}), key
        assert duration.released is None or duration.released < duration.median, key


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_more_luck_never_takes_longer(one: float, other: float) -> None:
    table = standard_durations()
    duration = table.find("AWS::EC2::NatGateway", "", "create")
    low, high = sorted((one, other))
    assert table.seconds(duration, low) <= table.seconds(duration, high)


def test_interface_and_gateway_endpoints_differ() -> None:
    world = world_of("""
Resources:
  Gateway: {Type: AWS::EC2::VPCEndpoint}
  Interface: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Interface}}
""")
    taken = {address.id: Behaviour().act(resource, "create").seconds for address, resource in world.resources.items()}
    assert taken["Gateway"] < 10 < 100 < taken["Interface"]


def test_members_of_a_cluster_are_told_from_stand_alone_databases() -> None:
    world = world_of("""
Resources:
  Alone: {Type: AWS::RDS::DBInstance}
  Member: {Type: AWS::RDS::DBInstance, Properties: {DBClusterIdentifier: one}}
  Twice: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: true}}
""")
    assert [variant_of(resource) for resource in world.resources.values()] == ["", "cluster-member", "multi-az"]


def test_luck_depends_on_the_names_alone_and_is_spread_evenly() -> None:
    drawn = [draw(1, "stack", str(number)) for number in range(2000)]
    assert drawn == [draw(1, "stack", str(number)) for number in range(2000)]
    assert 0.47 < sum(drawn) / len(drawn) < 0.53
    assert all(0 < one < 1 for one in drawn)


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert percentile([1.0], 0.9) == 1.0
    assert percentile(list(range(100)), 0.9) in {89, 90}


def test_the_schemas_tell_what_replaces_and_what_names_a_resource() -> None:
    assert type_facts("AWS::S3::Bucket").name == "BucketName"
    assert "VpcId" in type_facts("AWS::EC2::SecurityGroup").replace
    assert type_facts("AWS::EC2::VPCEndpoint").timeout_seconds("create") == 12_600
    assert type_facts("Custom::Thing").timeout_seconds("create") == 7200


def chain(length: int) -> str:
    """Topics of which each waits for the one before, by DependsOn alone."""
    links = [f", DependsOn: T{number - 1}" if number else "" for number in range(length)]
    return "Resources:\n" + "".join(
        f"  T{number}: {{Type: AWS::SNS::Topic{link}}}\n" for number, link in enumerate(links)
    )


def test_a_chain_of_five_hundred_orders_is_rehearsed_to_its_end() -> None:
    """Trying every order of a chain took hours: those that part it into the most even halves are tried."""
    rehearsal = rehearse(world_of(chain(500)), [], RehearsalOptions())
    assert rehearsal.outcome == "CREATE_COMPLETE"
    assert rehearsal.estimate.runs == 200
    orders = [saving for saving in rehearsal.savings if saving.advice.startswith("only DependsOn")]
    assert 1 <= len(orders) <= 6
    assert {saving.resources[0] for saving in orders} <= {f"T{number}" for number in range(230, 290)}


def test_a_world_of_thousands_is_played_as_often_as_its_budget_allows() -> None:
    """Two thousand resources in a chain: fewer runs, as many as are said."""
    assert rehearse(world_of(chain(2_000)), [], RehearsalOptions()).estimate.runs == 15
    assert rehearse(world_of(chain(2_000)), [], RehearsalOptions(runs=3)).estimate.runs == 3
