"""The beacon score: how regular the connections of a pair are, in time, size, duration and over the day.

Follows the approach that RITA v5 documents openly (triage practice 3.3); written anew. Every part lies between 0 and
1, and the score is their mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING

from magistrate.network.thresholds import limit

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Span:
    """First and last second of the recording that a pair was seen in."""

    first: float
    last: float

    @property
    def hours(self) -> int:
        """Hourly bins of the recording, at least one."""
        return max(1, math.floor((self.last - self.first) / HOUR) + 1)


@dataclass(frozen=True, slots=True)
class BeaconScore:
    """The score of a pair with its parts; `size` is None where no bytes were recorded.

    `period_seconds` and `jitter` are what a sleep with uniform jitter would have to be to give these intervals.
    """

    score: float
    timing: float
    size: float | None
    duration: float
    histogram: float
    skew: float
    dispersion: float
    hours: int
    period_seconds: float
    jitter: float


def beacon_score(stamps: Sequence[float], sizes: Sequence[int], span: Span) -> BeaconScore | None:
    """Score a pair; None when there are fewer than four connections or three intervals above zero.

    Args:
        stamps: times of its connections in seconds, any order.
        sizes: bytes that each connection sent, as far as recorded.
        span: the recording.
    """
    times = sorted(stamps)
    intervals = [later - earlier for earlier, later in pairwise(times) if later > earlier]
    least = int(limit("min_stamps"))
    if len(times) < least or len(intervals) < least - 1:
        return None
    skew, dispersion = _skew_score(intervals), _dispersion_score(intervals, 1.0)
    timing = (skew + dispersion) / 2
    size = (_skew_score(sizes) + _dispersion_score(sizes, 0.0)) / 2 if len(sizes) >= least - 1 else None
    bins = _hourly(times, span)
    hours = sum(1 for number in bins if number)
    duration = _duration_score(times, bins, hours, span)
    histogram = _histogram_score(bins)
    parts = [timing, duration, histogram] if size is None else [timing, size, duration, histogram]
    return BeaconScore(
        score=fmean(parts),
        timing=timing,
        size=size,
        duration=duration,
        histogram=histogram,
        skew=skew,
        dispersion=dispersion,
        hours=hours,
        period_seconds=percentile(intervals, 0.95),
        jitter=_jitter(intervals),
    )


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Medians of the lower half, of all and of the upper half; the middle value belongs to neither half."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if half == 0:
        return ordered[0], ordered[0], ordered[0]
    return median(ordered[:half]), median(ordered), median(ordered[-half:])


def median_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Median, and median of the distances from it."""
    middle = median(values)
    return middle, median(abs(value - middle) for value in values)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not below this share of the values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _skew_score(values: Sequence[float]) -> float:
    low, middle, high = quartiles(values)
    if high - low < limit("skew_range") or middle in (low, high):
        return 1.0
    return 1.0 - abs((low + high - 2 * middle) / (high - low))


def _dispersion_score(values: Sequence[float], without_size: float) -> float:
    middle, deviation = median_deviation(values)
    if middle < 1:
        return without_size
    return max(0.0, (middle - deviation) / middle)


def _hourly(times: Sequence[float], span: Span) -> list[int]:
    bins = [0] * span.hours
    for stamp in times:
        bins[min(max(int((stamp - span.first) / HOUR), 0), span.hours - 1)] += 1
    return bins


def _duration_score(times: Sequence[float], bins: Sequence[int], hours: int, span: Span) -> float:
    if hours < limit("min_hours"):
        return 0.0
    whole = span.last - span.first
    coverage = (times[-1] - times[0]) / whole if whole > 0 else 0.0
    return min(1.0, max(coverage, _longest_run(bins) / limit("ideal_hours")))


def _longest_run(bins: Sequence[int]) -> int:
    longest = current = 0
    for number in bins:
        current = current + 1 if number else 0
        longest = max(longest, current)
    return longest


def _histogram_score(bins: Sequence[int]) -> float:
    """How flat the hours of the fullest day are, or how well they fall into two heights."""
    day = _fullest_day(bins)
    mean = fmean(day)
    flat = max(0.0, 1.0 - pstdev(day) / mean) if mean else 0.0
    return max(flat, _two_heights(day))


def _fullest_day(bins: Sequence[int]) -> Sequence[int]:
    """The 24 hours with the most hours in use; of several the first."""
    length = int(limit("histogram_hours"))
    if len(bins) <= length:
        return bins
    used = sum(1 for number in bins[:length] if number)
    best, most = 0, used
    for start in range(1, len(bins) - length + 1):
        used += (bins[start + length - 1] > 0) - (bins[start - 1] > 0)
        if used > most:
            best, most = start, used
    return bins[best : best + length]


def _two_heights(day: Sequence[int]) -> float:
    used = [number for number in day if number]
    if len(used) < limit("bimodal_hours"):
        return 0.0
    width = math.ceil(max(used) * limit("bimodal_bin"))
    heights: dict[int, int] = {}
    for number in used:
        heights[number // width] = heights.get(number // width, 0) + 1
    two = sum(sorted(heights.values())[-2:])
    return min(1.0, two / max(1.0, len(used) - limit("bimodal_outliers")))


def _jitter(intervals: Sequence[float]) -> float:
    """Jitter J of a sleep T with intervals spread evenly over (1-J)T to T: then MAD/median = (J/4)/(1-J/2)."""
    middle, deviation = median_deviation(intervals)
    ratio = deviation / middle
    return min(1.0, 4 * ratio / (1 + 2 * ratio))
