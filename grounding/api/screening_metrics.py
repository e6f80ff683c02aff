"""Metrics of the screening: passages that a rule found, by what was done with them."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from grounding.query.screening.screen import Screen


class ScreeningMetrics(Collector):
    """What was flagged and kept out, read when Prometheus asks."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def collect(self) -> Iterable[Metric]:
        found = CounterMetricFamily(
            "grounding_screened",
            "Passages that a rule of the screening found, each time they were to be shown",
            labels=["rule", "action"],
        )
        for (rule, action), count in sorted(self._screen.counts.items()):
            found.add_metric([rule, action], count)
        yield found

    def describe(self) -> Iterable[Metric]:
        return ()
