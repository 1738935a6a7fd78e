"""Rows in the order in which they were read -> oldest first, with a time each."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.model.history import TimeScale
from stackflight.read.events.row import Row
from stackflight.read.events.times import read_time

_DAY = 86_400.0
_SMALL = 1e8  # seconds since a start, not since the epoch


def oldest_first(rows: list[Row], counted: bool) -> tuple[list[Row], list[float], TimeScale]:
    """The rows, their times, and what the times count. Events told twice are told once."""
    rows = _once(rows)
    if not rows:
        return [], [], TimeScale.NONE
    read = [_number(row.when) if counted or _is_number(row.when) else read_time(row.when) for row in rows]
    dated = [time for time in read if time is not None and time[1]]
    if len(dated) == len(rows):
        small = max(time[0] for time in dated) < _SMALL
        return _sorted(rows, [time[0] for time in dated], TimeScale.START if small else TimeScale.EPOCH)
    if _is_backwards(rows, read):
        rows, read = rows[::-1], read[::-1]
    if len(dated) > len(rows) // 2:
        return rows, _filled([time[0] if time and time[1] else None for time in read]), TimeScale.EPOCH
    of_day = [time[0] if time and not time[1] else None for time in read]
    if sum(time is not None for time in of_day) > len(rows) // 2:
        return rows, _unrolled(_filled(of_day)), TimeScale.DAY
    return rows, [float(number) for number in range(len(rows))], TimeScale.NONE


def turned(rows: list[Row], at: int) -> list[Row]:
    """What a query of AWS's lists, put in the order of a log: it lists the newest first, which counts where no time is shown.

    They all stand at one place then, so that they keep this order among other rows.
    """
    for row in rows:
        row.place = at
    return rows if not rows or any(row.when for row in rows) or _begins_all(rows[0]) else rows[::-1]


def _once(rows: list[Row]) -> list[Row]:
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        key = (row.when, row.stack, row.resource, row.status, row.reason, row.physical_id)
        if row.when and key in seen:
            continue
        seen.add(key)
        kept.append(row)
    return kept


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _number(text: str) -> tuple[float, bool] | None:
    if not _is_number(text):
        return read_time(text)
    value = float(text)
    return (value / 1000 if value > 1e11 else value), True


def _sorted(rows: list[Row], times: list[float], scale: TimeScale) -> tuple[list[Row], list[float], TimeScale]:
    """By time; events of one moment keep their order, which is turned where the list begins with the newest."""
    places = list(range(len(rows)))
    falls = sum(times[at] > times[at + 1] for at in range(len(times) - 1))
    rises = sum(times[at] < times[at + 1] for at in range(len(times) - 1))
    if falls > rises or (falls == rises and _is_backwards(rows, [(time, True) for time in times])):
        places.reverse()
    places.sort(key=lambda place: times[place])
    return [rows[place] for place in places], [times[place] for place in places], scale


def _is_backwards(rows: Sequence[Row], read: Sequence[tuple[float, bool] | None]) -> bool:
    """Whether the newest stands first: by time, else because resources end before they begin."""
    times = [time[0] for time in read if time is not None]
    falls = sum(0 < times[at] - times[at + 1] < _DAY / 2 for at in range(len(times) - 1))
    rises = sum(0 < times[at + 1] - times[at] < _DAY / 2 for at in range(len(times) - 1))
    if falls != rises:
        return falls > rises
    if _begins_all(rows[-1]) != _begins_all(rows[0]):
        return _begins_all(rows[-1])
    ended: set[tuple[str, str]] = set()
    begun: set[tuple[str, str]] = set()
    backwards = forwards = 0
    for row in rows:
        key = (row.stack, row.resource)
        if row.status.endswith("IN_PROGRESS"):
            backwards += key in ended and key not in begun
            begun.add(key)
        else:
            forwards += key in begun and key not in ended
            ended.add(key)
    return backwards > forwards


def _begins_all(row: Row) -> bool:
    """Whether it is the first event of an operation."""
    return row.status.endswith("IN_PROGRESS") and row.reason.strip().lower() == "user initiated"


def _filled(times: list[float | None]) -> list[float]:
    last = next((time for time in times if time is not None), 0.0)
    filled = []
    for time in times:
        last = last if time is None else time
        filled.append(last)
    return filled


def _unrolled(times: list[float]) -> list[float]:
    """Over midnight the day goes on; clocks that show half a day turn over at noon."""
    shift, last, unrolled = 0.0, times[0], []
    for time in times:
        if last - (time + shift) > _DAY / 2:
            shift += _DAY
        last = time + shift
        unrolled.append(last)
    return unrolled
