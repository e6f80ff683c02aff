"""Choose again until what is chosen may be shown: what is kept out makes room for the next.

ranked ─▶ dedupe ─▶ choose ─▶ screen ─▶ all may be shown? ─ yes ─▶ taken, with their flags
             ▲                             │ no
             └── without those ◀───────────┘
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from grounding.query.choose import chosen
from grounding.query.dedupe import dedupe
from grounding.query.look import Seen
from grounding.query.packing.items import Nearby
from grounding.query.question import Choice
from grounding.query.records import Candidate, LeftOut, ScreeningFlag
from grounding.query.screening.policy import Action
from grounding.query.screening.screen import Screen, worst
from indexer.catalogue.evidence import NearbyPassage
from indexer.embed import Embedder

_SOURCES_NAMED = 5
_DEEPEST = 1_600
"""Results that are looked for at most where screening leaves too few."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What may be shown, and what may not.

    seen: what was looked at, without what is kept out. warnings: what was kept out, in short.
    """

    taken: tuple[Candidate, ...]
    seen: Seen
    kept_out: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def out(self) -> frozenset[int]:
        """The chunks of what is kept out."""
        return frozenset(each.chunk for each in self.kept_out)

    def all_left_out(self, others: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
        """Return the others and what is quarantined, with its reason; not what is dropped."""
        quarantined = (
            LeftOut(each, _reason(each.evidence.flags))
            for each in self.kept_out
            if worst(each.evidence.flags) is not Action.DROP
        )
        return (*quarantined, *(each for each in others if each.candidate.chunk not in self.out))


def pick(
    seen: Seen, choice: Choice, screen: Screen, embedder: Embedder, *, for_prompt: bool
) -> Picked:
    """Choose of what was found. for_prompt: what is quarantined is kept out, not only listed."""
    known: dict[int, tuple[ScreeningFlag, ...]] = {}
    out: dict[int, Candidate] = {}
    least = Action.QUARANTINE if for_prompt else Action.DROP
    left = seen
    while True:
        taken = chosen(left.kept, left.legs.vectors, choice)
        _screen(taken, known, seen, screen, embedder)
        refused = [each for each in taken if worst(known[each.chunk]).severity >= least.severity]
        if not refused:
            break
        if out:  # a second time: there may be many, so look at all
            _screen(left.ranked, known, seen, screen, embedder)
            refused = [
                each for each in left.ranked if worst(known[each.chunk]).severity >= least.severity
            ]
        out |= {each.chunk: each for each in refused}
        ranked = tuple(each for each in left.ranked if each.chunk not in out)
        left = replace(left, ranked=ranked, kept=tuple(dedupe(ranked)))
    shown = [_flagged(each, known[each.chunk]) for each in taken]
    kept_out = [_flagged(each, known[each.chunk]) for each in out.values()]
    return Picked(tuple(shown), left, tuple(kept_out), _warnings(kept_out))


def look_and_pick(
    choice: Choice,
    look: Callable[[Choice], Seen],
    screen: Screen,
    embedder: Embedder,
    *,
    for_prompt: bool,
) -> Picked:
    """Look for candidates and choose of them, looking deeper where too few may be shown."""
    wide = choice
    while True:
        seen = look(wide)
        picked = pick(seen, choice, screen, embedder, for_prompt=for_prompt)
        is_enough = len(picked.taken) >= choice.max_results or not picked.out
        if is_enough or len(seen.kept) < wide.max_results or wide.max_results >= _DEEPEST:
            break
        wide = replace(wide, max_results=4 * wide.max_results)
    for each in (*picked.taken, *picked.kept_out):
        screen.count(each.evidence.flags, each.evidence)
    return picked


def allowed_nearby(
    candidates: Iterable[Candidate], nearby: Nearby, screen: Screen
) -> dict[int, list[NearbyPassage]]:
    """Return of each passage itself and those of its neighbours that it may grow into."""
    return {
        candidate.chunk: [
            each
            for each in nearby.get(candidate.chunk, ())
            if each.ordinal == candidate.evidence.ordinal
            or screen.is_clean(each.text, candidate.evidence)
        ]
        for candidate in candidates
    }


def _screen(
    some: Sequence[Candidate],
    known: dict[int, tuple[ScreeningFlag, ...]],
    seen: Seen,
    screen: Screen,
    embedder: Embedder,
) -> None:
    fresh = [each for each in some if each.chunk not in known]
    vectors = [seen.legs.vectors.get(each.chunk) for each in fresh]
    found = screen.flags([each.evidence for each in fresh], vectors, embedder)
    known |= {each.chunk: flags for each, flags in zip(fresh, found, strict=True)}


def _flagged(candidate: Candidate, flags: tuple[ScreeningFlag, ...]) -> Candidate:
    if not flags:
        return candidate
    return replace(candidate, evidence=replace(candidate.evidence, flags=flags))


def _reason(flags: Sequence[ScreeningFlag]) -> str:
    told = "; ".join(f"{flag.label}: {flag.reason}" for flag in flags)
    return f"kept out of prompts by screening: {told}"


def _warnings(kept_out: Sequence[Candidate]) -> tuple[str, ...]:
    """Say what was kept out, in a line for each rule."""
    by_label: dict[str, Counter[str]] = {}
    for each in kept_out:
        for flag in each.evidence.flags:
            if flag.action != Action.FLAG:
                by_label.setdefault(flag.label, Counter())[each.evidence.source] += 1
    return tuple(
        f"kept out by screening, {label}: {sum(sources.values())} of {_named(sources)}"
        for label, sources in sorted(by_label.items())
    )


def _named(sources: Counter[str]) -> str:
    names = sorted(sources)
    more = len(names) - _SOURCES_NAMED
    return ", ".join(names[:_SOURCES_NAMED]) + (f" and {more} more" if more > 0 else "")
