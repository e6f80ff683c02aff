"""When two requests ask the same, and when they would be shown the same.

Equivalent questions differ in spaces, capitals, a last question mark or a "please"; whatever else
differs makes another question, since a wrong answer costs more than a call. Equal evidence is the
same passages of the same versions with the same texts, values, ends of validity and freshness.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import rfc8785

from grounding.gateway.cache.records import Key
from grounding.gateway.naming import AUTO
from grounding.gateway.records import Api, Ask, Upstream
from grounding.query.pipeline import Composed
from grounding.query.question import limits_as_json, options_of
from grounding.query.records import Candidate
from grounding.query.statement import plain

_IRRELEVANT: Final = frozenset(
    {
        "messages", "metadata", "model", "prompt_cache_key", "safety_identifier", "service_tier",
        "store", "stream", "stream_options", "user",
    }
)  # fmt: skip
"""Members of a request that change nothing of what is answered."""
_OF_TOOLS: Final = ("tools", "tool_choice", "functions", "function_call", "web_search_options")
_POLITE = re.compile(
    r"^(?:please|hi|hello|hey|can you tell me|could you tell me|tell me)\b[\s,:!.]*"
    r"|[\s,]*\b(?:please|thanks|thank you)[\s.!]*$"
)
_SPACES = re.compile(r"\s+")
_LAST_MARKS: Final = " ?？!.…"


def is_cacheable(ask: Ask) -> bool:
    """Whether an answer to this may be given again: not what tools or chance are to decide."""
    body = ask.body
    if ask.api is not Api.CHAT or any(body.get(name) for name in _OF_TOOLS):
        return False
    count, modalities = body.get("n"), body.get("modalities")
    if count not in (None, 1) or modalities not in (None, ["text"]):
        return False
    return not any(each.get("role") in {"tool", "function"} for each in ask.messages)


def key_of(ask: Ask, upstreams: tuple[Upstream, ...], made: Composed) -> Key | None:
    """Return what identifies request and evidence; None where that has no canonical form."""
    request = _request(ask, upstreams)
    if request is None:
        return None
    frame = made.context.frame
    shown = [_shown(each, made) for each in made.context.packed.candidates]
    day = frame.as_of.astimezone(ZoneInfo(frame.timezone)).date()
    return Key(request, _digest(sorted(shown)) or "", day)


def normal(question: str) -> str:
    """Return a question without what does not change what it asks."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", question)).strip().casefold()
    text = _POLITE.sub("", text).strip(_LAST_MARKS)
    return _POLITE.sub("", text).strip(_LAST_MARKS)


def _request(ask: Ask, upstreams: tuple[Upstream, ...]) -> str | None:
    controls = ask.controls
    passes_key = any(each.passes_caller_key for each in upstreams)
    return _digest(
        {
            "messages": _normal_messages(ask),
            "body": {name: each for name, each in ask.body.items() if name not in _IRRELEVANT},
            "llm": _llms(ask, upstreams),
            "filters": options_of(controls.filters),
            "limits": limits_as_json(controls.limits),
            "timezone": controls.timezone,
            "tokenizer": controls.tokenizer,
            "datamark": controls.datamark,
            "mode": controls.mode.value,
            "routes": controls.routes,
            "check": _policies(ask, upstreams),
            "caller": ask.authorization if passes_key else None,
        }
    )


def _llms(ask: Ask, upstreams: tuple[Upstream, ...]) -> list[list[str]] | None:
    """Return whose answers will do; None for anybody's, where the choice is left to the gateway."""
    if ask.llm == AUTO:
        return None
    return [[each.name, each.llm or ask.llm] for each in upstreams]


def _policies(ask: Ask, upstreams: tuple[Upstream, ...]) -> list[str]:
    """Return by what an answer is to be checked; "" leaves it to the settings."""
    asked = [ask.controls.check] if ask.controls.check else [each.check for each in upstreams[:1]]
    return [each.value if each else "" for each in asked]


def _normal_messages(ask: Ask) -> list[Any]:
    """Return the conversation with its last turn in its normal form, if that is the user's."""
    *before, last = ask.messages
    content = last.get("content")
    if last.get("role") != "user" or not isinstance(content, str):
        return [dict(each) for each in ask.messages]
    return [*map(dict, before), {**last, "content": normal(content)}]


def _shown(candidate: Candidate, made: Composed) -> str:
    """Return one piece of evidence, and everything of it that an answer may rest on."""
    evidence = candidate.evidence
    value = evidence.observation
    status = made.context.frame.freshness.get(evidence.source)
    facts: Mapping[str, Any] = {
        "document": evidence.document_id,
        "version": evidence.version,
        "span": [evidence.start, evidence.end],
        "text": evidence.digest,
        "title": evidence.title,
        "state": evidence.state.value,
        "valid": [_at(evidence.valid_from), _at(evidence.valid_until)],
        "published": [_at(evidence.published_at), _at(evidence.updated_at)],
        "value": value and [plain(value.value), _at(value.valid_from), _at(value.valid_until)],
        "freshness": status and status.value,
        "flags": [[flag.rule, flag.action, flag.label] for flag in evidence.flags],
    }
    return rfc8785.dumps(dict(facts)).decode()


def _at(time: Any) -> str | None:
    return None if time is None else time.isoformat()


def _digest(value: Any) -> str | None:
    try:
        return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
    except (ValueError, RecursionError):
        return None
