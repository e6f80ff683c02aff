"""Metrics of the chat endpoints: calls, tokens and money by upstream, and what the cache saved."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from grounding.gateway.cache.store import AnswerCache
from grounding.gateway.spending import Spending


class GatewayMetrics(Collector):
    """What llms and the cache did, read when Prometheus asks."""

    def __init__(self, answers: AnswerCache, spending: Spending) -> None:
        self._answers = answers
        self._spending = spending

    def collect(self) -> Iterable[Metric]:
        yield from self._upstreams()
        yield from self._cache()

    def describe(self) -> Iterable[Metric]:
        return ()

    def _upstreams(self) -> Iterable[Metric]:
        calls = CounterMetricFamily(
            "grounding_upstream_calls", "Answers of an llm that were passed on", labels=["upstream"]
        )
        tokens = CounterMetricFamily(
            "grounding_upstream_tokens",
            "Tokens of these, as counted by the llm or else estimated",
            labels=["upstream", "kind"],
        )
        cost = CounterMetricFamily(
            "grounding_upstream_cost",
            "What these cost, in the currency of prices",
            labels=["upstream"],
        )
        for name, spent in sorted(self._spending.total.items()):
            calls.add_metric([name], spent.calls)
            tokens.add_metric([name, "prompt"], spent.prompt_tokens)
            tokens.add_metric([name, "output"], spent.output_tokens)
            cost.add_metric([name], float(spent.cost))
        yield calls
        yield tokens
        yield cost

    def _cache(self) -> Iterable[Metric]:
        counts = self._answers.counts
        requests = CounterMetricFamily(
            "grounding_answers", "Chat requests, by what the cache did", labels=["cache"]
        )
        for status, count in counts.requests.items():
            requests.add_metric([status.value], count)
        yield requests
        yield CounterMetricFamily(
            "grounding_answers_shared",
            "Requests that waited for the same one to be answered",
            value=counts.shared,
        )
        yield CounterMetricFamily(
            "grounding_answers_saved_cost",
            "What calls that were not made would have cost, in the currency of prices",
            value=float(counts.saved),
        )
        yield GaugeMetricFamily(
            "grounding_answers_kept", "Answers in the cache", value=counts.entries
        )
        yield GaugeMetricFamily(
            "grounding_answers_kept_bytes", "Their size, about", value=counts.bytes
        )
