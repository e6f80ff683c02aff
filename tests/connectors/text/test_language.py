import pytest

from connectors.text.language import Language, language_of

ENGLISH = "The harbour reopened on Sunday after a storm that lasted for three days, they said. "
FRENCH = "Le port a rouvert dimanche après une tempête qui avait duré trois jours, disent-ils. "
RUSSIAN = "Гавань снова открылась в воскресенье после шторма, который длился целых три дня. "
CHINESE = "港口在持续三天的风暴之后于星期日重新开放,官员们表示维修工作花费了两百万英镑。" * 3


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        (("de",), "de"),
        ((None, "", "pt_BR"), "pt-BR"),
        (("not a language", " en-GB "), "en-GB"),
        (("fr", "de"), "fr"),
    ],
)
def test_first_declared_language_counts(declared: tuple[str | None, ...], tag: str) -> None:
    assert language_of(RUSSIAN, *declared) == Language(tag)


@pytest.mark.parametrize(
    ("text", "tag"), [(ENGLISH, "en"), (FRENCH, "fr"), (RUSSIAN, "ru"), (CHINESE, "zh")]
)
def test_language_nobody_declares_is_detected_and_said_to_be(text: str, tag: str) -> None:
    assert language_of(text, None) == Language(tag, {"language_from": "detected"})


@pytest.mark.parametrize(
    "text", ["", "Hello world", "AAPL 231.54 USD +0.6 %\n" * 50, "0x3f " * 200, "OK 200 " * 60]
)
def test_text_in_no_language_for_sure_has_none(text: str) -> None:
    assert language_of(text) == Language(None)
