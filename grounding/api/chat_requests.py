"""What callers of the chat endpoints say to us, inside what they say to an llm.

    data_sources: [{"type": "grounding", "parameters": {...}}]   as Azure's "on your data" has it
    grounding: {...}                                             `extra_body` of OpenAI's client
    X-Grounding: {...}                                           a header: for all calls of a client

All hold the same settings; what the body says goes before what the header says. They are taken
out; everything else is passed on as it came.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from grounding.api.requests import FilterFields, ShareIn
from grounding.api.wire import Duration, JsonIn, Text
from grounding.gateway.errors import BadRequest
from grounding.gateway.naming import AUTO
from grounding.gateway.records import Api, Ask, Body, Controls, Mode, Policy
from grounding.gateway.responses import messages_of
from grounding.gateway_settings import GatewaySettings
from grounding.query.question import Limits

KIND = "grounding"
HEADER = "x-grounding"
_MESSAGES = TypeAdapter(Annotated[list[JsonIn], Field(min_length=1, max_length=10_000)])


class GroundingIn(FilterFields):
    """How an answer is to be grounded; what is not said is as in `[gateway]`.

    cache: whether an earlier answer may be given again while its evidence holds.
    route: whether the gateway may look only where the question seems to belong.
    timeout: for the llm's answer.
    datamark: whether quoted prose is marked word by word; null as `[screening]` says.
    check: what is done with an answer that does not hold against its evidence.
    """

    mode: Mode | None = None
    max_items: Annotated[int, Field(ge=1, le=50)] | None = None
    token_budget: Annotated[int, Field(ge=64, le=100_000)] | None = None
    tokenizer: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    max_per_source: Annotated[int, Field(ge=1, le=50)] | None = None
    per_source: Annotated[dict[Text, ShareIn], Field(max_length=50)] = {}
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0
    datamark: bool | None = None
    cache: bool = True
    route: bool = True
    timeout: Duration | None = None
    check: Policy | None = None

    def controls(self, defaults: GatewaySettings) -> Controls:
        limits = Limits(
            token_budget=self.token_budget or defaults.token_budget,
            max_items=self.max_items or defaults.max_items,
            max_per_source=self.max_per_source,
            diversity=self.diversity,
            per_source={name: given.share() for name, given in self.per_source.items()},
        )
        filled = self
        if self.collections is None and defaults.collections is not None:
            filled = self.model_copy(update={"collections": defaults.collections})
        return Controls(
            mode=self.mode or Mode(defaults.mode),
            filters=filled.filters(),
            limits=limits,
            timezone=self.timezone,
            tokenizer=self.tokenizer,
            datamark=self.datamark,
            uses_cache=self.cache,
            routes=self.route,
            timeout_seconds=self.timeout.total_seconds() if self.timeout else None,
            check=self.check,
        )


def read_ask(
    raw: bytes,
    headers: Mapping[str, str],
    *,
    base_url: str,
    defaults: GatewaySettings,
    api: Api = Api.CHAT,
) -> Ask:
    """Read a request of one of OpenAI's APIs.

    headers: by their names in small letters.

    Raises:
        BadRequest: it is no JSON object with messages, or what it says to us makes no sense.
    """
    body = read_body(raw)
    given, is_ours, param = _taken_out(body)
    controls = _controls({**_in_header(headers.get(HEADER)), **given}, param, defaults)
    messages = _messages(body.get("messages")) if api is Api.CHAT else messages_of(body)
    return Ask(
        body=body,
        raw=None if is_ours else raw,
        llm=_llm(body),
        messages=tuple(messages),
        controls=controls,
        authorization=headers.get("authorization"),
        base_url=base_url,
        api=api,
    )


def read_body(raw: bytes) -> Body:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadRequest(None, "the body is no JSON") from error
    if not isinstance(body, dict):
        raise BadRequest(None, "the body is no JSON object")
    return body


def _taken_out(body: Body) -> tuple[dict[str, Any], bool, str]:
    """Take what is said to us out of a body: that, whether it was there, and where."""
    has_sources, has_ours = "data_sources" in body, KIND in body
    sources, given = body.pop("data_sources", None), body.pop(KIND, None)
    if has_sources and has_ours:
        raise BadRequest("data_sources", "give either this or grounding")
    param = KIND
    if has_sources:
        given, param = _parameters(sources), "data_sources.0.parameters"
    if not isinstance(given, dict | None):
        raise BadRequest(param, "expected an object")
    return given or {}, has_sources or has_ours, param


def _in_header(header: str | None) -> dict[str, Any]:
    if header is None:
        return {}
    try:
        given = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise BadRequest(HEADER, "the header is no JSON") from error
    if not isinstance(given, dict):
        raise BadRequest(HEADER, "expected a JSON object in the header")
    return given


def _controls(given: dict[str, Any], param: str, defaults: GatewaySettings) -> Controls:
    try:
        return GroundingIn.model_validate(given).controls(defaults)
    except ValidationError as error:
        raise BadRequest(*_said(error, param)) from error


def _parameters(sources: Any) -> Any:  # Any: JSON of a caller
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        raise BadRequest("data_sources", "expected a list of one object")
    kind = sources[0].get("type")
    if kind != KIND:
        raise BadRequest(
            "data_sources.0.type",
            f'expected "{KIND}", got {json.dumps(kind)[:100]}: only sources of this service are '
            "searched here",
        )
    return sources[0].get("parameters")


def _said(error: ValidationError, param: str) -> tuple[str, str]:
    """Return where the first fault is, and all of them in one sentence."""
    found = error.errors(include_url=False, include_input=False)
    places = [".".join((param, *map(str, each["loc"]))) for each in found]
    messages = [each["msg"].removeprefix("Value error, ") for each in found]
    others = [
        f"{place}: {message}" for place, message in zip(places[1:], messages[1:], strict=True)
    ]
    return places[0], "; ".join([messages[0], *others])


def _messages(given: Any) -> list[dict[str, Any]]:  # Any: JSON of a caller
    try:
        return _MESSAGES.validate_python(given)
    except (ValidationError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise BadRequest(*_said(error, "messages")) from error
        raise BadRequest("messages", "nested too deeply") from error


def _llm(body: Body) -> str:
    llm = body.get("model", AUTO)
    if not isinstance(llm, str) or not llm:
        raise BadRequest("model", "expected the name of a model")
    return llm
