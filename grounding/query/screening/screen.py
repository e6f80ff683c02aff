"""Apply the policy to passages, remember what was found, and count what was done.

evidence ─▶ rules of its source ─┬─ instruction-like?  ─┐
                                 ├─ on topic?           ├─▶ flags, each with its action
                                 ├─ words not wanted?   │
                                 └─ label not wanted?  ─┘
"""

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.query.records import Evidence, ScreeningFlag
from grounding.query.screening.injection import Suspicion, suspicion
from grounding.query.screening.policy import Action, Policy, Rules
from indexer.embed import Embedder

logger = logging.getLogger(__name__)

INJECTION: Final = "injection"
TOPICS: Final = "topics"
WORDS: Final = "words"
CLASSIFIER: Final = "classifier"
_KEPT: Final = 20_000
Vector = NDArray[np.float32]


class Screen:
    """Screens passages; may be used from several threads. What it keeps of texts are hashes."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.counts: Counter[tuple[str, str]] = Counter()
        self._suspicions: OrderedDict[tuple[int, int], Suspicion] = OrderedDict()
        self._topics: tuple[str, Vector] | None = None
        self._lock = threading.Lock()

    def flags(
        self, some: Sequence[Evidence], vectors: Sequence[Vector | None], embedder: Embedder
    ) -> list[tuple[ScreeningFlag, ...]]:
        """Return what is to be said against each passage. vectors: theirs, where there are any."""
        rules = [self.policy.rules_for(each.source, each.collection) for each in some]
        topics = self._topic_vectors(embedder)
        classified = self._classified(some, rules)
        return [
            tuple(
                flag
                for flag in (
                    self._of_injection(_shown_texts(evidence), rule),
                    _of_topics(vector, topics, rule),
                    self._of_words(_shown_texts(evidence), rule),
                    classified.get(i),
                )
                if flag is not None
            )
            for i, (evidence, vector, rule) in enumerate(zip(some, vectors, rules, strict=True))
        ]

    def of_document(
        self, title: str, text: str, *, source: str, collection: str
    ) -> tuple[ScreeningFlag, ...]:
        """Return what its words say against a document as a whole, by its worst sentence."""
        rules, texts = self.policy.rules_for(source, collection), (text, title)
        flags = (self._of_injection(texts, rules), self._of_words(texts, rules))
        return tuple(flag for flag in flags if flag is not None)

    def is_clean(self, text: str, like: Evidence) -> bool:
        """Whether a text around a passage may be shown with it without a remark."""
        rules = self.policy.rules_for(like.source, like.collection)
        is_ordered = rules.injection is not Action.OFF and self._score(text) >= rules.flag_at
        has_words = rules.offensive is not Action.OFF and self._words_in(text)
        return not is_ordered and not has_words

    def count(self, flags: Sequence[ScreeningFlag], evidence: Evidence) -> None:
        """Count and log what was found of a passage that was to be shown; never its text."""
        for flag in flags:
            with self._lock:
                self.counts[flag.rule, flag.action] += 1
            if flag.action != Action.FLAG:
                logger.warning(
                    "passage kept out",
                    extra={
                        "evidence": evidence.id,
                        "source": evidence.source,
                        "rule": flag.rule,
                        "action": flag.action,
                        "reason": flag.reason,
                    },
                )

    def _of_injection(self, texts: Iterable[str], rules: Rules) -> ScreeningFlag | None:
        if rules.injection is Action.OFF:
            return None
        found = max((self._suspicion(text) for text in texts), key=lambda each: each.score)
        if found.score < rules.flag_at:
            return None
        is_high = rules.quarantine_at is not None and found.score >= rules.quarantine_at
        action = Action.QUARANTINE if is_high else rules.injection
        worse = max(action, rules.injection, key=lambda each: each.severity)
        reason = "; ".join(found.reasons) or "it reads like orders to an assistant"
        return ScreeningFlag(
            INJECTION, worse.value, "instruction-like text", reason, round(found.score, 3)
        )

    def _of_words(self, texts: Iterable[str], rules: Rules) -> ScreeningFlag | None:
        if rules.offensive is Action.OFF:
            return None
        count = sum(self._words_in(text) for text in texts)
        if not count:
            return None
        reason = f"it has {count} of the words that are not wanted"
        return ScreeningFlag(WORDS, rules.offensive.value, "offensive words", reason)

    def _words_in(self, text: str) -> int:
        return 0 if self.policy.words is None else self.policy.words.count_in(text)

    def _classified(
        self, some: Sequence[Evidence], rules: Sequence[Rules]
    ) -> Mapping[int, ScreeningFlag]:
        classifier = self.policy.classifier
        if classifier is None:
            return {}
        asked = [i for i, each in enumerate(rules) if each.classified is not Action.OFF]
        found = classifier.classified([_whole(some[i]) for i in asked])
        flags = {}
        for i, likely in zip(asked, found, strict=True):
            label, score = max(
                ((name, likely.get(name, 0.0)) for name in sorted(self.policy.unwanted)),
                key=lambda each: each[1],
                default=("", 0.0),
            )
            if score >= rules[i].classified_at:
                reason = f"it is classified as {label}"
                flags[i] = ScreeningFlag(
                    CLASSIFIER, rules[i].classified.value, label, reason, round(score, 3)
                )
        return flags

    def _score(self, text: str) -> float:
        return self._suspicion(text).score

    def _suspicion(self, text: str) -> Suspicion:
        key = (hash(text), len(text))
        with self._lock:
            known = self._suspicions.get(key)
        if known is not None:
            return known
        found = suspicion(text)
        with self._lock:
            self._suspicions[key] = found
            if len(self._suspicions) > _KEPT:
                self._suspicions.popitem(last=False)
        return found

    def _topic_vectors(self, embedder: Embedder) -> Vector | None:
        """Return the vectors of the topics, [n, d], by the embedder that passages are of."""
        if not self.policy.topics:
            return None
        known = self._topics
        if known is None or known[0] != embedder.identity:
            found = np.stack([embedder.embed_query(each) for each in self.policy.topics])
            known = self._topics = embedder.identity, found
        return known[1]


def worst(flags: Sequence[ScreeningFlag]) -> Action:
    """Return what is done with a passage."""
    actions = (Action(flag.action) for flag in flags)
    return max(actions, key=lambda each: each.severity, default=Action.OFF)


def _of_topics(vector: Vector | None, topics: Vector | None, rules: Rules) -> ScreeningFlag | None:
    if topics is None or vector is None or rules.off_topic is Action.OFF:
        return None
    nearest = float((topics @ vector.astype(np.float32)).max())
    if nearest >= rules.topics_at:
        return None
    reason = f"its cosine to the nearest topic is {nearest:.2f}, below {rules.topics_at:g}"
    return ScreeningFlag(TOPICS, rules.off_topic.value, "off topic", reason)


def _shown_texts(evidence: Evidence) -> Iterator[str]:
    yield evidence.text
    yield from filter(None, (evidence.title, evidence.section))


def _whole(evidence: Evidence) -> str:
    return f"{evidence.title}\n{evidence.text}"
