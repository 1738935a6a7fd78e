"""The AWS Price List API: the products that have certain attributes, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackflight.aws.refusals import translated
from stackflight.aws.session import Session

_AT = "us-east-1"
"""Where the API is served for prices of all Regions. Source: Price List API endpoints."""
_MOST_PAGES = 500


def ask_products(session: Session, service: str, filters: Mapping[str, str]) -> Iterator[str]:
    """The text of each product, as it was sent. Raises CloudUnavailable, OperationRefused."""
    client = session.client("pricing", region=_AT)
    wanted = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()]
    token = ""
    for _ in range(_MOST_PAGES):
        more = {"NextToken": token} if token else {}
        with translated():
            page = client.get_products(
                ServiceCode=service, Filters=wanted, FormatVersion="aws_v1", MaxResults=100, **more
            )
        yield from page["PriceList"]
        token = page.get("NextToken", "")
        if not token:
            return
