"""Reading any JSON as documents, and what `json` of the standard library makes of the same.

What no recipe covers is read as a whole: one document for every item of a list, else one.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from benchmarks.corpus.records import Expectations, Recording

WHOLE: Mapping[str, object] = {"documents": {"key": "to_string(@)", "text": "to_string(@)"}}


def loaded(recording: Recording) -> Any:  # Any: whatever the file holds
    """Read it, numbers digit by digit."""
    return json.loads(recording.served(), parse_float=Decimal)


def listed(items: str) -> dict[str, object]:
    """Return options that read every item of the list `items` as a document of its own."""
    return {"items": items, **WHOLE}


def count_of_items(recording: Recording) -> Expectations:
    """Count the items of the list that the options name, or of the file; equal ones once."""
    found = loaded(recording)
    for name in str(recording.options.get("items", "")).split("."):
        found = found[name] if name else found
    items = found if isinstance(found, list) else [found]
    return Expectations(
        count=len({json.dumps(each, sort_keys=True, default=str) for each in items})
    )
