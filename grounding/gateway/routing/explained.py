"""What was decided about one request, as its answer tells it."""

from dataclasses import dataclass

from connectors.records import JsonValue
from grounding.gateway.routing.collections import CollectionChoice
from grounding.gateway.routing.need import Need
from grounding.gateway.routing.upstreams import Ranking


@dataclass(frozen=True, slots=True)
class Decision:
    """The three decisions; None is one that was switched off or not reached."""

    need: Need | None = None
    collections: CollectionChoice | None = None
    upstreams: Ranking | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """Return what was decided, without what was not."""
        told: dict[str, JsonValue] = {}
        if self.need is not None:
            told["need"] = _need(self.need)
        if self.collections is not None:
            told["collections"] = _collections(self.collections)
        if self.upstreams is not None:
            told["upstreams"] = _upstreams(self.upstreams)
        return told


def _need(need: Need) -> dict[str, JsonValue]:
    return {
        "is_needed": need.is_needed,
        "probability": round(need.probability, 4),
        "reasons": list(need.reasons),
    }


def _collections(choice: CollectionChoice) -> dict[str, JsonValue]:
    chosen = choice.collections
    return {
        "collections": None if chosen is None else [*sorted(chosen)],
        "series": list(choice.series),
        "scores": {name: round(score, 4) for name, score in sorted(choice.scores.items())},
        "reasons": list(choice.reasons),
    }


def _upstreams(ranking: Ranking) -> dict[str, JsonValue]:
    return {
        "order": list(ranking.order),
        "refused": dict(sorted(ranking.refused.items())),
        "expected_cost": {name: f"{cost:f}" for name, cost in ranking.expected_cost.items()},
        "reasons": list(ranking.reasons),
    }
