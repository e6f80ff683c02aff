"""Make the screening's policy of its settings."""

from pathlib import Path

from grounding.errors import InvalidSettings
from grounding.query.screening import classifier
from grounding.query.screening.classifier import Classifier
from grounding.query.screening.injection import weights
from grounding.query.screening.policy import Action, Policy, Rules
from grounding.query.screening.wordlist import WordList
from grounding.screening_settings import ScreeningRules, ScreeningSettings


def screening_policy(settings: ScreeningSettings) -> Policy:
    """Read what the settings name.

    Raises:
        InvalidSettings: the word list or the classifier cannot be read, or has no such label.
    """
    rules = Rules(
        injection=Action(settings.injection),
        flag_at=_or(settings.flag_at, weights().flag_at),
        quarantine_at=_or(settings.quarantine_at, weights().quarantine_at),
        off_topic=Action(settings.off_topic),
        topics_at=settings.topics_at,
        offensive=Action(settings.offensive),
        classified=Action(settings.classified),
        classified_at=settings.classified_at,
    )
    return Policy(
        rules=rules,
        of_sources={name: _changed(rules, each) for name, each in settings.sources.items()},
        of_collections={name: _changed(rules, each) for name, each in settings.collections.items()},
        topics=tuple(settings.topics),
        words=None if settings.words is None else _word_list(settings.words),
        classifier=_classifier(settings),
        unwanted=frozenset(settings.unwanted),
        datamark=settings.datamark,
    )


def _changed(rules: Rules, by: ScreeningRules) -> Rules:
    return Rules(
        injection=Action(by.injection or rules.injection),
        flag_at=_or(by.flag_at, rules.flag_at),
        quarantine_at=rules.quarantine_at if by.quarantine_at is None else by.quarantine_at,
        off_topic=Action(by.off_topic or rules.off_topic),
        topics_at=_or(by.topics_at, rules.topics_at),
        offensive=Action(by.offensive or rules.offensive),
        classified=Action(by.classified or rules.classified),
        classified_at=_or(by.classified_at, rules.classified_at),
    )


def _word_list(file: Path) -> WordList:
    try:
        return WordList.read(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InvalidSettings(f"screening.words: {file}: {reason}") from error


def _classifier(settings: ScreeningSettings) -> Classifier | None:
    if settings.classifier is None:
        return None
    found = classifier.load(settings.classifier)
    unknown = sorted({*settings.unwanted} - found.names)
    if unknown:
        raise InvalidSettings(
            f"screening.unwanted: the classifier has no label {unknown[0]};"
            f" it has {', '.join(sorted(found.names))}"
        )
    return found


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
