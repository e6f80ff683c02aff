"""Lists of words, written as text so that they stay readable."""


def words(text: str) -> frozenset[str]:
    """Return the words between the spaces."""
    return frozenset(text.split())


MONTHS = words(
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
)
WEEKDAYS = words("monday tuesday wednesday thursday friday saturday sunday")
