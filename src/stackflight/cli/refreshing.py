"""`price --refresh`: asks the AWS Price List API for what the sheet holds, and keeps it for later runs; and the sheet that counts."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from stackflight.cli.screen import write_result
from stackflight.cli.talk import say

if TYPE_CHECKING:
    from stackflight.price.sheet import PriceSheet


def refresh(asked: Namespace) -> int:
    """Read every price anew; what could be read is kept whole, or nothing is."""
    from stackflight.aws.price_list import ask_products
    from stackflight.aws.session import Session
    from stackflight.local.home import state_folder
    from stackflight.local.price_file import write_prices
    from stackflight.price.answers import find_queries, read_answers

    folder = state_folder()
    session = Session(asked.profile)
    prices = {}
    for query in find_queries():
        filters = {**query.filters, **({"regionCode": asked.region} if asked.region else {})}
        say(f"asking for {query.names} …")
        for price in read_answers(query, ask_products(session, query.service, filters)):
            prices[(price.product, price.region)] = price
    file = write_prices(folder, prices.values())
    write_result(f"{len(prices)} prices are kept in {file}; they stand in for those that came along")
    return 0


def current_sheet() -> PriceSheet:
    """The sheet that came along, with the prices that were read anew in place of its own. Raises UnreadableInput."""
    from stackflight.local.home import find_state_folder
    from stackflight.local.price_file import read_prices
    from stackflight.price.sheet import load_sheet, with_prices

    prices = read_prices(find_state_folder())
    return with_prices(load_sheet(), prices) if prices else load_sheet()
