"""Every dialect, held against the types of the official packages and sent by their clients."""

from collections.abc import Mapping
from typing import Any

import anthropic
import cohere
import openai
import pytest
from anthropic.types import MessageParam, SearchResultBlockParam, TextBlockParam
from cohere import ChatMessages, Document
from openai.types.chat import ChatCompletionMessageParam
from pydantic import TypeAdapter, ValidationError

from grounding.query.dialects.registry import DIALECTS
from grounding.query.records import DialectName, Message, Rendered
from tests.grounding.client.service import Service
from tests.grounding.query.dialects.conversations import EVIDENCE, QUESTION, WITH_TOOLS, WORDS
from tests.grounding.query.items import frame

CONVERSATIONS = pytest.mark.parametrize("asked", [QUESTION, WORDS, WITH_TOOLS])


def shown(name: DialectName, asked: Any) -> Rendered:
    return DIALECTS[name].render(EVIDENCE, frame=frame(), messages=asked)


def is_kept(adapter: TypeAdapter[Any], value: Mapping[str, Any]) -> bool:
    """Whether a type knows every field of a value: what it does not know it would drop."""
    return _listed(adapter.validate_python(value)) == _listed(value)


def _listed(value: Any) -> Any:
    """Write out what is read lazily."""
    if isinstance(value, Mapping):
        return {name: _listed(each) for name, each in value.items()}
    return (
        value
        if isinstance(value, str) or not hasattr(value, "__iter__")
        else [*map(_listed, value)]
    )


class TestOpenai:
    @CONVERSATIONS
    def test_messages_are_of_its_types(self, asked: list[Message]) -> None:
        adapter: TypeAdapter[Any] = TypeAdapter(ChatCompletionMessageParam)
        messages = shown(DialectName.OPENAI, asked).messages

        ours = [each for each in messages if each not in asked]
        assert [each["role"] for each in (ours[0], ours[-1])] == [messages[0]["role"], "user"]
        assert all(is_kept(adapter, each) for each in ours)

    def test_its_client_sends_them_as_they_are(self, endpoint: Service) -> None:
        endpoint.answers({"id": "1", "object": "chat.completion", "choices": []})
        rendered = shown(DialectName.OPENAI, WITH_TOOLS)
        client = openai.OpenAI(base_url=f"{endpoint.base_url}/v1", api_key="-", max_retries=0)
        messages: Any = rendered.messages

        with client:
            client.chat.completions.create(model="m", messages=messages)

        (sent,) = endpoint.asked
        assert sent.path == "/v1/chat/completions"
        assert sent.body == {"model": "m", "messages": [*messages]}

    def test_its_client_sends_the_plain_text(self, endpoint: Service) -> None:
        endpoint.answers({"id": "1", "object": "text_completion", "choices": []})
        text = shown(DialectName.PLAIN, WORDS).text
        client = openai.OpenAI(base_url=f"{endpoint.base_url}/v1", api_key="-", max_retries=0)

        with client:
            client.completions.create(model="m", prompt=text)

        (sent,) = endpoint.asked
        assert (sent.path, sent.body["prompt"]) == ("/v1/completions", text)


class TestAnthropic:
    @CONVERSATIONS
    def test_system_messages_and_search_results_are_of_its_types(
        self, asked: list[Message]
    ) -> None:
        rendered = shown(DialectName.ANTHROPIC, asked)
        text: TypeAdapter[Any] = TypeAdapter(TextBlockParam)
        message: TypeAdapter[Any] = TypeAdapter(MessageParam)
        result: TypeAdapter[Any] = TypeAdapter(SearchResultBlockParam)
        last: Any = rendered.messages[-1]["content"]
        results = [each for each in last if each["type"] == "search_result"]

        assert all(is_kept(text, each) for each in rendered.system)
        assert all(is_kept(message, each) for each in rendered.messages)
        assert len(results) == len(EVIDENCE)
        assert all(is_kept(result, each) for each in results)

    def test_its_types_would_refuse_what_is_not_of_them(self) -> None:
        result: TypeAdapter[Any] = TypeAdapter(SearchResultBlockParam)

        with pytest.raises(ValidationError):
            result.validate_python({"type": "search_result", "source": "a", "title": "b"})

    def test_its_client_sends_them_as_they_are(self, endpoint: Service) -> None:
        endpoint.answers({"id": "1", "type": "message", "role": "assistant", "content": []})
        rendered = shown(DialectName.ANTHROPIC, WITH_TOOLS)
        system: Any = rendered.system
        messages: Any = rendered.messages
        client = anthropic.Anthropic(base_url=endpoint.base_url, api_key="-", max_retries=0)

        with client:
            client.messages.create(model="m", max_tokens=9, system=system, messages=messages)

        (sent,) = endpoint.asked
        assert sent.path == "/v1/messages"
        assert sent.body == {
            "model": "m",
            "max_tokens": 9,
            "system": [*system],
            "messages": [*messages],
        }


class TestCohere:
    @CONVERSATIONS
    def test_messages_and_documents_are_of_its_types(self, asked: list[Message]) -> None:
        rendered = shown(DialectName.COHERE, asked)
        messages: TypeAdapter[Any] = TypeAdapter(ChatMessages)

        read = messages.validate_python([*rendered.messages])
        documents = [Document.model_validate(each) for each in rendered.documents]

        assert [each.role for each in read] == [each["role"] for each in rendered.messages]
        assert not any(each.model_extra for each in (*read, *documents))
        assert [each.id for each in documents] == ["1", "2", "3"]

    @pytest.mark.parametrize(
        "wrong", [{"role": "tool", "content": "1"}, {"role": "user", "content": [{"type": "text"}]}]
    )
    def test_its_types_would_refuse_what_is_not_of_them(self, wrong: Any) -> None:
        messages: TypeAdapter[Any] = TypeAdapter(ChatMessages)

        with pytest.raises(ValidationError):
            messages.validate_python([wrong])

    def test_its_client_sends_them_as_they_are(self, endpoint: Service) -> None:
        endpoint.answers({"id": "1", "finish_reason": "COMPLETE", "message": {"role": "assistant"}})
        rendered = shown(DialectName.COHERE, WITH_TOOLS)
        messages: Any = rendered.messages
        documents: Any = rendered.documents
        client = cohere.ClientV2(
            api_key="-", base_url=endpoint.base_url, log_warning_experimental_features=False
        )

        client.chat(model="m", messages=messages, documents=documents)

        (sent,) = endpoint.asked
        assert sent.path == "/v2/chat"
        assert sent.body["messages"] == [*messages]
        assert sent.body["documents"] == [*documents]
