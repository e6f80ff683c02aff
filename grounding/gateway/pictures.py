"""Parts of a conversation that are no text: kept out of searches and receipts, and put back.

A picture of megabytes is the caller's own and says nothing to a search. A receipt names it by its
digest, so that it is still told which one was sent.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from grounding.query.records import Message

_TEXT = "text"
_LONGEST = 2_000
"""Characters of what is kept as it is: a link is, a picture in a data URL is not."""


class Pictures:
    """The large parts of one conversation, by the digests that stand in for them."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}  # Any: a part, as an OpenAI client sends it

    def taken_out(self, messages: Sequence[Message]) -> list[Message]:
        """Return the messages with a digest in the place of every large part that is no text."""
        return [self._with_parts(each, self._out) for each in messages]

    def put_back(self, messages: Sequence[Message]) -> list[Message]:
        """Return the messages with every part that was taken out where it was."""
        if not self._kept:
            return list(messages)
        return [self._with_parts(each, self._back) for each in messages]

    def _with_parts(self, message: Message, change: Any) -> Message:  # Any: JSON to JSON
        content = message.get("content")
        if not isinstance(content, list):
            return message
        return {**message, "content": [change(part) for part in content]}

    def _out(self, part: Any) -> Any:
        if not isinstance(part, Mapping) or part.get("type") == _TEXT:
            return part
        text = json.dumps(part, sort_keys=True)
        if len(text) <= _LONGEST:
            return part
        digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
        self._kept[digest] = part
        return {"type": part.get("type"), "left_out_sha256": digest}

    def _back(self, part: Any) -> Any:
        digest = part.get("left_out_sha256") if isinstance(part, Mapping) else None
        return self._kept.get(digest, part) if isinstance(digest, str) else part
