"""The sieve keeps nothing out that agrees."""

from hypothesis import example, given
from hypothesis import strategies as st

from grounding.checking.facts.joined import negated
from grounding.checking.facts.nearby import Nearby
from grounding.checking.facts.quantities import agree, quantities

NUMBERS = st.sampled_from(
    [
        *("0", "1", "3", "12", "84.1", "84.12", "500", "512", "1,234", "1.234", "2.5", "-5", "0.2"),
        *("1e99", "9" * 23, "half", "1/3", "twelve", "dozen"),
    ]
)
UNITS = st.sampled_from(
    [
        *("", "%", " percent", " km", " miles", " acres", " pounds", " lb", " kg", " degrees"),
        *(" °F", " °C", " million", " dollars", " hours", " minutes", "th"),
    ]
)
BOUNDS = st.sampled_from(["", "about ", "more than ", "less than ", "$", "one in "])
TOLD = st.builds("{}{}{}".format, BOUNDS, NUMBERS, UNITS)


@given(said=TOLD, told=st.lists(TOLD, max_size=8))
@example("1/3", ["33.3%"])
@example("180 pounds", ["81.6 kg", "180 lb", "£180"])
@example("72 degrees", ["72 °F"])
@example("about 500", ["530"])
@example("more than 100", ["134", "66"])
def test_whatever_agrees_passes(said: str, told: list[str]) -> None:
    held = quantities(" and so ".join(f"it was {each} there" for each in told))
    sieve = Nearby.among(held)

    for one in quantities(f"It was {said} there."):
        passed = sieve.of_size(one)
        assert passed == [each for each in held if each in passed]
        assert all(each in passed for each in held if agree(one, each))
        assert all(each in passed for each in held if agree(negated(one), each))


def test_most_that_does_not_agree_stays_out() -> None:
    sieve = Nearby.among(quantities(" ".join(str(n) for n in range(0, 10_000, 10))))
    (said,) = quantities("It has 500 rooms.")

    assert len(sieve.of_size(said)) <= 2
