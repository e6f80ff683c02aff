"""Lists of words, written as text so that they stay readable."""


def words(text: str) -> frozenset[str]:
    """Return the words between the spaces."""
    return frozenset(text.split())


MONTHS = words(
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
)
COMPOUND_ENDINGS = (
    "based|themed|style|shirts?|led|backed|born|owned|era|like|related|made|funded|dependent"
    "|independent|induced|expressing|positive|negative|deficient|bound|mediated|linked|activated"
    "|driven|infected|localized|specific|free|treated|trained|only"
)
"""What is joined to a name by a hyphen and is no part of it, as alternatives of a pattern."""
WEEKDAYS = words("monday tuesday wednesday thursday friday saturday sunday")
