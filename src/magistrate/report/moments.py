"""Times of a view as numbers: from the ISO text of a view to seconds, and back to what a picture labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Widths of a slice of time that people count in, in seconds: one second to 30 days.
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
         86_400, 172_800, 604_800, 2_592_000)  # fmt: skip


def moment_of(utc: str | None) -> datetime | None:
    """The time that a view gives as text; None when it has none or it cannot be read as a time."""
    if not utc:
        return None
    try:
        moment = datetime.fromisoformat(utc)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def step_for(seconds: float, most: int) -> int:
    """The smallest usual width of a slice with which a span has at most `most` slices, doubled beyond the usual ones."""
    for step in STEPS:
        if seconds / step <= most:
            return step
    step = STEPS[-1]
    while seconds / step > most:
        step *= 2
    return step


def slice_start(moment: datetime, step: int) -> datetime:
    """The start of the slice that holds a time; slices are counted from the year 1, so that days start at midnight."""
    origin = datetime(1, 1, 1, tzinfo=UTC)
    seconds = int((moment - origin).total_seconds())
    return origin + timedelta(seconds=seconds - seconds % step)


def slice_text(moment: datetime, step: int) -> str:
    """A slice for people: no more digits than its width needs."""
    if step >= 86_400:
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M" if step >= 60 else "%Y-%m-%d %H:%M:%S")


def step_text(step: int) -> str:
    """`5 s`, `10 min`, `2 h`, `7 days`."""
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if step >= size and step % size == 0:
            number = step // size
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"
    return f"{step} s"
