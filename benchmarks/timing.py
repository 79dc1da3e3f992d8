"""Ratios of times taken in turns in one process: what the machine does meanwhile hits all."""

from time import perf_counter
from typing import NamedTuple

import numpy as np


class Timings(NamedTuple):
    """Times of each rival, (rounds,) in microseconds a call, under its name."""

    times: dict

    def median(self, name):
        return float(np.median(self.times[name]))

    def ratio(self, slower, faster):
        """Median, 10 % and 90 % of how many times longer `slower` takes, round by round."""
        ratios = self.times[slower] / self.times[faster]
        return tuple(float(value) for value in np.percentile(ratios, [50, 10, 90]))


def interleaved(rivals, calls, rounds=31):
    """Time each of the `rivals` (name -> function of the number of calls), one after the other.

    Every round times `calls` calls of each; the first round warms up and is dropped.
    """
    times = {name: np.empty(rounds + 1) for name in rivals}
    for number in range(rounds + 1):
        for name, run in rivals.items():
            start = perf_counter()
            run(calls)
            times[name][number] = 1e6 * (perf_counter() - start) / calls
    return Timings({name: values[1:] for name, values in times.items()})
