"""A caller's conversation in OpenAI's form, read so that it can be said in another one.

What is not known here would be lost in another form, so it is refused with its place instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from connectors.records import JsonValue
from grounding.query.records import Message

_ROLES: Final = {"system": "system", "developer": "system", "user": "user"} | {
    name: name for name in ("assistant", "tool")
}
_ABOUT_A_MESSAGE: Final = {"role", "content", "annotations"}
"""`annotations` say where an earlier answer had its words from; they are none of them."""
_MORE: Final[Mapping[str, Collection[str]]] = {
    "assistant": {"tool_calls", "refusal"},
    "tool": {"tool_call_id"},
}


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """url: of the web, or a `data:` URL that holds it. detail: how closely it is to be read."""

    url: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """arguments: JSON, as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message.

    role: system, user, assistant or tool. where: its place, for errors.
    answers: the id of the call that a tool answers.
    """

    role: str
    where: str
    parts: tuple[Text | Image, ...]
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""

    @property
    def texts(self) -> list[str]:
        return [part.text for part in self.parts if isinstance(part, Text)]


_Json: TypeAlias = Mapping[str, JsonValue]


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """Read messages; texts that hold nothing are left out.

    Raises:
        ValueError: something in them cannot be said in another form.
    """
    return [_turn(message, f"messages[{i}]") for i, message in enumerate(messages)]


def _turn(message: Message, where: str) -> Turn:
    role = _ROLES.get(_text(message.get("role"), f"{where}.role"))
    if role is None:
        raise ValueError(f"{where}.role: expected one of {', '.join(_ROLES)}")
    _require_known(message, {*_ABOUT_A_MESSAGE, *_MORE.get(role, ())}, where)
    parts = [*_parts(message.get("content"), f"{where}.content", role)]
    if refusal := message.get("refusal"):
        parts.append(Text(_text(refusal, f"{where}.refusal")))
    return Turn(
        role=role,
        where=where,
        parts=tuple(part for part in parts if not isinstance(part, Text) or part.text.strip()),
        calls=tuple(_calls(message.get("tool_calls"), f"{where}.tool_calls")),
        answers=_text(message.get("tool_call_id"), f"{where}.tool_call_id")
        if role == "tool"
        else "",
    )


def _parts(content: JsonValue, where: str, role: str) -> Iterator[Text | Image]:
    if isinstance(content, list):
        for i, part in enumerate(content):
            yield _part(_object(part, f"{where}[{i}]"), f"{where}[{i}]", role)
    elif content is not None:
        yield Text(_text(content, where))


def _part(part: _Json, where: str, role: str) -> Text | Image:
    kind = part.get("type")
    if kind == "text":
        _require_known(part, {"type", "text"}, where)
        return Text(_text(part.get("text"), f"{where}.text"))
    if kind == "refusal" and role == "assistant":
        _require_known(part, {"type", "refusal"}, where)
        return Text(_text(part.get("refusal"), f"{where}.refusal"))
    if kind == "image_url" and role == "user":
        _require_known(part, {"type", "image_url"}, where)
        return _image(_object(part.get("image_url"), f"{where}.image_url"), f"{where}.image_url")
    raise ValueError(f"{where}: a part of type {kind!r} of the {role} cannot be said here")


def _image(image: _Json, where: str) -> Image:
    _require_known(image, {"url", "detail"}, where)
    detail = image.get("detail")
    url = _text(image.get("url"), f"{where}.url")
    return Image(url, None if detail is None else _text(detail, f"{where}.detail"))


def _calls(calls: JsonValue, where: str) -> Iterator[ToolCall]:
    if not calls:
        return
    if not isinstance(calls, list):
        raise ValueError(f"{where}: expected a list")  # noqa: TRY004 - it is bad data
    for i, each in enumerate(calls):
        call, at = _object(each, f"{where}[{i}]"), f"{where}[{i}]"
        if call.get("type") != "function":
            raise ValueError(f"{at}: a call of type {call.get('type')!r} cannot be said here")
        _require_known(call, {"id", "type", "function", "index"}, at)
        function = _object(call.get("function"), f"{at}.function")
        _require_known(function, {"name", "arguments"}, f"{at}.function")
        yield ToolCall(
            _text(call.get("id"), f"{at}.id"),
            _text(function.get("name"), f"{at}.function.name"),
            _text(function.get("arguments"), f"{at}.function.arguments"),
        )


def _require_known(value: _Json, known: Collection[str], where: str) -> None:
    """Refuse a field that would be lost; one that says nothing is not missed."""
    for name, each in value.items():
        if name not in known and each not in (None, "", [], {}):
            raise ValueError(f"{where}: {name!r} cannot be said here")


def _object(value: JsonValue, where: str) -> _Json:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: expected an object")  # noqa: TRY004 - it is bad data
    return value


def _text(value: JsonValue, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: expected a text")  # noqa: TRY004 - it is bad data
    return value
