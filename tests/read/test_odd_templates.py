"""Templates that are legal or broken in unusual ways: none of them may surprise the reader."""

from __future__ import annotations

import pytest

from stackflight.errors import UnreadableInput
from stackflight.model.value import Unknown, Value
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.resolve import resolve_stack


def resolved(text: str, name: str, prop: str) -> Value:
    return resolve_stack(parse_template(text, "t.yaml"), Bindings("s")).resources[name].get(prop)


def test_a_mapping_that_refers_to_itself_is_unknown() -> None:
    text = (
        "Mappings: {M: {k: {v: !FindInMap [M, k, v]}}}\n"
        "Resources: {R: {Type: 'T::T::T', Properties: {X: !FindInMap [M, k, v]}}}\n"
    )
    assert isinstance(resolved(text, "R", "X"), Unknown)


def test_a_resource_that_looks_like_a_function_needs_a_type() -> None:
    with pytest.raises(UnreadableInput, match="has no Type") as raised:
        parse_template("Resources:\n  Fn::Nope: {Properties: {}}\n", "t.yaml")
    assert raised.value.line == 2


def test_a_condition_that_refers_to_itself_is_undecided() -> None:
    text = "Conditions: {A: !Not [!Condition A]}\nResources: {R: {Type: 'T::T::T', Properties: {X: !If [A, 1, 2]}}}\n"
    assert isinstance(resolved(text, "R", "X"), Unknown)


def test_ref_with_a_dot_is_an_attribute() -> None:
    text = "Resources: {R: {Type: 'T::T::T', Properties: {X: !Ref Q.Arn}}, Q: {Type: 'T::T::T'}}\n"
    stack = resolve_stack(parse_template(text, "t.yaml"), Bindings("s"))
    assert not stack.defects
    assert [edge.target.id for edge in stack.resources["R"].edges] == ["Q"]


@pytest.mark.parametrize(
    "head",
    [
        "Transform: {Name: AWS::Include, Parameters: {Location: 's3://bucket/more.yaml'}}",
        "Transform: [AWS::LanguageExtensions, {Name: AWS::Include, Parameters: {Location: 's3://bucket/more.yaml'}}]",
        "Transform: [OwnMacro]",
        "Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://bucket/more.yaml'}}",
        "Conditions: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://bucket/more.yaml'}}}",
        "Parameters: {P: {Type: CommaDelimitedList}}",
    ],
)
def test_what_a_macro_a_snippet_or_an_open_loop_may_declare_is_not_missing(head: str) -> None:
    loop = (
        "  Fn::ForEach::Topics: [N, !Ref P, {'Topic${N}': {Type: 'T::T::T'}}]\n"
        if head.startswith("Parameters")
        else ""
    )
    text = f"{head}\nResources:\n{loop}  R: {{Type: 'T::T::T', Condition: C, Properties: {{X: !Ref Topica}}}}\n"
    stack = resolve_stack(parse_template(text, "t.yaml"), Bindings("s"))
    assert not stack.defects
    assert isinstance(stack.resources["R"].get("X"), Unknown)


def test_a_snippet_among_the_resources_is_not_a_resource() -> None:
    text = "Resources:\n  Fn::Transform: {Name: AWS::Include}\n  R: {Type: 'T::T::T', Properties: {X: !Ref Q}}\n"
    stack = resolve_stack(parse_template(text, "t.yaml"), Bindings("s"))
    assert list(stack.resources) == ["R"] and not stack.defects


def test_resources_inside_a_module_are_named_through_it() -> None:
    text = (
        "Resources:\n  Store: {Type: 'Own::S3::Store::MODULE'}\n"
        "  R: {Type: 'T::T::T', DependsOn: StoreTopic, Properties: {X: !Ref StoreBucket, Y: !GetAtt Store.Bucket.Arn}}\n"
        "  Q: {Type: 'T::T::T', Properties: {X: !Ref Sture}}\n"
    )
    stack = resolve_stack(parse_template(text, "t.yaml"), Bindings("s"))
    assert [defect.resources for defect in stack.defects] == [("Q",)]
    assert {edge.target.id for edge in stack.resources["R"].edges} == {"Store"}
    assert isinstance(stack.resources["R"].get("X"), Unknown)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2012-10-17", "2012-10-17"),
        ("0123", "0123"),
        ("12", 12),
        ("yes", True),
        ("'yes'", "yes"),
        ("1e3", "1e3"),
        ("~", None),
    ],
)
def test_scalars_are_read_as_cloudformation_reads_them(written: str, read: object) -> None:
    assert resolved(f"Resources: {{R: {{Type: 'T::T::T', Properties: {{X: {written}}}}}}}\n", "R", "X") == read


def test_anchors_are_shared_and_one_that_contains_itself_is_refused() -> None:
    text = "Resources:\n  R: {Type: 'T::T::T', Properties: &p {X: 1}}\n  Q: {Type: 'T::T::T', Properties: *p}\n"
    assert resolved(text, "Q", "X") == 1
    with pytest.raises(UnreadableInput, match="contains itself"):
        parse_template("Resources: &r {R: {Type: T, Properties: *r}}\n", "t.yaml")


def test_arguments_of_a_wrong_form_make_an_unknown_that_says_where() -> None:
    value = resolved("Resources: {R: {Type: 'T::T::T', Properties: {X: !Select [0]}}}\n", "R", "X")
    assert isinstance(value, Unknown)
    assert "Resources.R" in value.why


def test_a_template_of_sam_types_without_the_transform_is_read_as_it_stands() -> None:
    for kind in ("Application", "Function"):
        text = f"Resources: {{R: {{Type: AWS::Serverless::{kind}, Properties: {{Location: x}}}}}}\n"
        assert list(parse_template(text, "t.yaml").section("Resources")) == ["R"]
