"""Prices read anew: answers in the recorded shape become rows of the sheet, and what is no price is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from answers import answer

from stackflight.aws.price_list import ask_products
from stackflight.cli.main import main
from stackflight.errors import UnreadableInput
from stackflight.local.price_file import read_prices, write_prices
from stackflight.price.answers import Query, find_queries, read_answers
from stackflight.price.sheet import load_sheet, with_prices

_NAT = next(one for one in find_queries() if one.names == "VPC/NAT gateway")
_EC2 = next(one for one in find_queries() if one.names.startswith("EC2/"))


def test_an_answer_is_a_price_of_its_region() -> None:
    [price] = read_answers(
        _EC2, [answer("AmazonEC2", "0.0270000000", instanceType="t4g.medium", regionCode="eu-west-1")]
    )

    assert (price.product, price.region, price.usd) == ("EC2/t4g.medium Linux on demand", "eu-west-1", Decimal("0.027"))
    assert (price.date, price.confidence, price.source) == ("2026-11-01", "high", "AWS Price List API")


def test_units_are_those_of_the_sheet() -> None:
    query = next(one for one in find_queries() if one.names == "Lambda/Requests")
    [price] = read_answers(query, [answer("AWSLambda", "0.0000002000", "Lambda-Requests")])

    assert price.usd == Decimal("0.2")
    assert price.unit == "1M requests"


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        answer("AmazonEC2", "0.0000000000", usagetype="NatGateway-Hours"),
        answer("AmazonEC2", "0.045", usagetype="NatGateway-Bytes"),
        answer("AmazonEC2", "0.045", begin="10240", usagetype="NatGateway-Hours"),
        answer("AmazonEC2", "much", usagetype="NatGateway-Hours"),
        answer("AmazonEC2", "0.045", usagetype="NatGateway-Hours", regionCode=""),
    ],
)
def test_what_is_no_price_is_left_out(text: str) -> None:
    assert list(read_answers(_NAT, [text])) == []


def test_every_question_names_products_that_the_sheet_has_or_could_have() -> None:
    services = {product.partition("/")[0] for product, _ in load_sheet().prices}
    asked = {query.names.partition("/")[0] for query in find_queries() if "{" not in query.names.partition("/")[0]}

    assert asked <= services


class _Client:
    """GetProducts in two pages."""

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.asked: list[Mapping[str, Any]] = []

    def get_products(self, **given: Any) -> dict[str, Any]:
        self.asked.append(given)
        return self.pages[len(self.asked) - 1]


class _Session:
    def __init__(self, client: _Client) -> None:
        self._client = client
        self.regions: list[str] = []

    def client(self, service: str, role: str = "", region: str = "") -> _Client:
        assert (service, role) == ("pricing", "")
        self.regions.append(region)
        return self._client


def test_all_pages_are_read_from_where_the_api_is_served() -> None:
    client = _Client([{"PriceList": ["a", "b"], "NextToken": "more"}, {"PriceList": ["c"]}])
    session = _Session(client)

    assert list(ask_products(session, "AmazonEC2", {"tenancy": "Shared"})) == ["a", "b", "c"]  # type: ignore[arg-type]
    assert session.regions == ["us-east-1"]
    assert client.asked[0]["Filters"] == [{"Type": "TERM_MATCH", "Field": "tenancy", "Value": "Shared"}]
    assert client.asked[1]["NextToken"] == "more"


def test_the_questions_have_the_form_that_botocore_knows() -> None:
    boto3 = pytest.importorskip("boto3")
    from botocore.stub import Stubber

    client = boto3.client("pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        for query in find_queries():
            stub.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": []})
            assert list(ask_products(_Session(client), query.service, query.filters)) == []  # type: ignore[arg-type]


def test_prices_that_were_read_anew_stand_in_for_those_that_came_along(tmp_path: Path) -> None:
    dearer = read_answers(_NAT, [answer("AmazonEC2", "0.0500000000", usagetype="NatGateway-Hours")])
    write_prices(tmp_path, dearer)
    sheet = with_prices(load_sheet(), read_prices(tmp_path))
    found = sheet.find("VPC/NAT gateway", "us-east-1")

    assert found is not None
    assert found.usd == Decimal("0.05")
    assert read_prices(tmp_path / "nowhere") == ()


def test_a_broken_file_of_prices_is_named(tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('{"prices": [[1]]}', encoding="utf-8")

    with pytest.raises(UnreadableInput, match="no prices as price --refresh writes them"):
        read_prices(tmp_path)


def test_a_run_counts_with_the_prices_that_were_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path))
    template = tmp_path / "app.yaml"
    template.write_text("Resources: {Address: {Type: AWS::EC2::EIP}}\n", encoding="utf-8")
    main(["price", "--format", "json", str(template)])
    before = json.loads(capsys.readouterr().out)["monthly"]["total"]
    query = Query("AmazonVPC", {}, "VPC/Public IPv4 address (in use or idle)", "hour")
    write_prices(tmp_path, read_answers(query, [answer("AmazonVPC", "0.0100000000")]))
    main(["price", "--format", "json", str(template)])

    assert (before, json.loads(capsys.readouterr().out)["monthly"]["total"]) == (3.65, 7.3)


def test_the_command_keeps_what_the_api_says_and_needs_no_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The API is a client with one page for each question; AWS itself is not reached."""
    page = {"PriceList": [answer("AmazonEC2", "0.0510000000", usagetype="NatGateway-Hours")]}

    class Session(_Session):
        def __init__(self, profile: str | None) -> None:
            assert profile == "shop"
            super().__init__(_Client([page] * len(find_queries())))

    monkeypatch.setattr("stackflight.aws.session.Session", Session)
    monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert main(["price", "--refresh", "--profile", "shop", "--region", "us-east-1"]) == 0
    kept = {price.product: price.usd for price in read_prices(tmp_path)}
    assert kept["VPC/NAT gateway"] == Decimal("0.051")
    assert f"prices are kept in {tmp_path / 'prices.json'}" in capsys.readouterr().out
