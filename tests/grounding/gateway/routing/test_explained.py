"""Tests of `grounding/gateway/routing/explained.py`."""

import json
from decimal import Decimal

from grounding.gateway.routing.collections import CollectionChoice
from grounding.gateway.routing.explained import Decision
from grounding.gateway.routing.need import Need
from grounding.gateway.routing.upstreams import Ranking


def test_a_decision_tells_all_that_was_decided_as_json() -> None:
    decision = Decision(
        need=Need(True, 0.98764, ("it asks for the newest",)),
        collections=CollectionChoice(
            frozenset({"news", "fires"}), ("Brent",), {"news": 0.51234}, ("near",)
        ),
        upstreams=Ranking(
            ("small",), {"big": "it is not available"}, ("cheap",), {"small": Decimal("1E-7")}
        ),
    )

    assert json.loads(json.dumps(decision.as_json())) == {
        "need": {"is_needed": True, "probability": 0.9876, "reasons": ["it asks for the newest"]},
        "collections": {
            "collections": ["fires", "news"],
            "series": ["Brent"],
            "scores": {"news": 0.5123},
            "reasons": ["near"],
        },
        "upstreams": {
            "order": ["small"],
            "refused": {"big": "it is not available"},
            "expected_cost": {"small": "0.0000001"},
            "reasons": ["cheap"],
        },
    }


def test_what_was_not_decided_is_not_told() -> None:
    assert Decision().as_json() == {}
    whole = Decision(collections=CollectionChoice(None, (), {}, ()))
    assert whole.as_json() == {
        "collections": {"collections": None, "series": [], "scores": {}, "reasons": []}
    }
