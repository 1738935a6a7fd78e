"""Times as tools print them -> seconds since the epoch, or since midnight where only the time of day is shown."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone

from stackflight.patterns import compile_later

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
DATED = compile_later(
    r"(?P<y>\d{4})[-/](?P<mo>\d{1,2})[-/](?P<d>\d{1,2})[T ,]{1,3}(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d)(?P<f>[.,]\d{1,9})?)?"
    r"(?:\s?(?P<half>[AaPp]\.?[Mm]\.?))?"
    r"(?:\s?(?P<z>Z|UTC(?:[+-]\d\d:?\d\d)?|GMT(?:[+-]\d\d:?\d\d)?|[+-]\d\d:?\d\d))?"
)
WORDED = compile_later(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} (?P<d>\d{1,2}),? (?P<y>\d{4}),? "
    r"(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d))?(?:\s?(?P<half>[AaPp]\.?[Mm]\.?))?"
    r"(?:\s?(?P<z>(?:UTC|GMT)(?:[+-]\d\d:?\d\d)?|[+-]\d\d:?\d\d))?(?: ?\([A-Za-z ]{2,60}\))?"
)
# As Python prints the times of an SDK's answer.
PRINTED = compile_later(
    r"datetime\.datetime\((?P<y>\d{4}), (?P<mo>\d{1,2}), (?P<d>\d{1,2}), (?P<h>\d{1,2}), (?P<mi>\d{1,2})(?:, (?P<s>\d{1,2}))?"
)
OF_DAY = compile_later(
    r"(?:(?P<before>오전|오후|午前|午後|上午|下午)\s?)?(?<![\d:.])(?P<h>\d{1,2})[:.](?P<mi>[0-5]\d)[:.](?P<s>[0-5]\d)(?![\d:]|\.\d)"
    r"(?:\s?(?P<half>[AaPp]\.?\s?[Mm]\b\.?|μ\.μ\.|π\.μ\.))?(?:\s?UTC[+-]\d\d:?\d\d|Z(?!\w))?"
)
_AFTERNOON = {"오후", "午後", "下午", "μ.μ."}
_MORNING = {"오전", "午前", "上午", "π.μ."}


def read_time(text: str) -> tuple[float, bool] | None:
    """Seconds, and whether they count from the epoch; None where the text is no time."""
    for pattern in (DATED, WORDED, PRINTED):
        match = pattern.match(text)
        if match:
            seconds = _epoch(match)
            return None if seconds is None else (seconds, True)
    match = OF_DAY.match(text)
    if match and int(match["h"]) < 24:
        return _of_day(match), False
    return None


def _epoch(match: re.Match[str]) -> float | None:
    parts = match.groupdict()
    month = int(parts["mo"]) if parts.get("mo") else _MONTHS[parts["mon"].lower()]
    hour = _hour(int(parts["h"]), parts.get("half"))
    fraction = float("0." + parts["f"][1:]) if parts.get("f") else 0.0
    try:
        day = datetime(
            int(parts["y"]),
            month,
            int(parts["d"]),
            hour,
            int(parts["mi"]),
            int(parts["s"] or 0),
            tzinfo=_zone(parts.get("z")),
        )
        return day.timestamp() + fraction
    except (ValueError, OverflowError):
        return None


def _hour(hour: int, half: str | None) -> int:
    word = (half or "").replace(".", "").replace(" ", "").lower()
    if word == "pm" and hour < 12:
        return hour + 12
    return 0 if word == "am" and hour == 12 else hour


def _zone(text: str | None) -> timezone:
    digits = re.sub(r"[^\d]", "", text or "")
    if len(digits) != 4 or int(digits[:2]) > 14 or int(digits[2:]) > 59:
        return UTC
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if "-" in (text or "") else offset)


def _of_day(match: re.Match[str]) -> float:
    hour = int(match["h"])
    word = match["before"] or (match["half"] or "")
    if word in _AFTERNOON and hour < 12:
        hour += 12
    elif word in _MORNING and hour == 12:
        hour = 0
    else:
        hour = _hour(hour, match["half"])
    return hour * 3600.0 + int(match["mi"]) * 60 + int(match["s"])
