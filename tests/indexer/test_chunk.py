import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.chunk import ChunkLimits, Passage, split, text_to_embed
from tests.fakes import HashEmbedder

token_spans = HashEmbedder().token_spans
SMALL = ChunkLimits(target_tokens=20, max_tokens=24)

fragments = st.sampled_from(
    [
        "# Oil\n",
        "## Prices ",
        "\n\n",
        "\r\n",
        "- item\n",
        "word, ",
        "Mr. Smith paid 3.14 USD. ",
        "世界。",
        "e\u0301",
        "\u0301",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",
        "\u200b",
        "\x00",
        "\ud800",
        "a" * 300,
    ]
)
texts = st.one_of(st.text(), st.lists(fragments | st.text(max_size=8)).map("".join))
limits = st.integers(1, 40).flatmap(
    lambda most: st.builds(ChunkLimits, st.integers(1, most), st.just(most))
)


def cut(text: str, *, title: str = "", within: ChunkLimits = SMALL) -> list[Passage]:
    return split(text, title=title, token_spans=token_spans, limits=within)


def words(prefix: str, count: int) -> str:
    return " ".join(f"{prefix}{i}" for i in range(count))


@given(texts)
def test_everything_but_white_space_is_in_a_passage(text: str) -> None:
    passages = cut(text)

    kept = "".join(passage.text for passage in passages)
    if token_spans(text):
        assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", text)


@given(texts, limits)
def test_passages_are_ordered_slices_within_the_limit(text: str, within: ChunkLimits) -> None:
    passages = cut(text, title="A title of a few words", within=within)

    position = 0
    for ordinal, passage in enumerate(passages):
        assert passage.ordinal == ordinal
        assert passage.start >= position
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip()
        assert passage.embedded_text.endswith(passage.text)
        assert passage.token_count == len(token_spans(passage.text)) or "a" * 100 in text
        assert len(token_spans(passage.embedded_text)) <= within.max_tokens
        position = passage.end


@given(texts)
def test_the_same_text_is_cut_the_same_way(text: str) -> None:
    assert cut(text) == cut(text)


@pytest.mark.parametrize("text", ["", " \n\t ", "\u3000\n\n"])
def test_text_without_words_gives_no_passage(text: str) -> None:
    assert cut(text, title="Title") == []


def test_short_document_is_one_passage_below_its_title() -> None:
    text = "Brent rose to 84.12 USD.\n\nStocks fell."

    [passage] = cut(text, title="Oil on Monday", within=ChunkLimits())

    assert passage.section == ""
    assert passage.embedded_text == f"Oil on Monday\n{text}"


def test_title_that_the_text_begins_with_is_not_repeated() -> None:
    [plain] = cut("Oil on Monday\n\nBrent rose.", title="Oil on Monday")
    [heading] = cut("# Oil on Monday\n\nBrent rose.", title="Oil on Monday")

    assert plain.embedded_text == plain.text
    assert heading.embedded_text == heading.text


def test_passage_does_not_reach_into_the_next_section() -> None:
    text = f"# Oil\n\n{words('o', 12)}\n\n# Gas\n\n{words('g', 12)}"

    oil, gas = cut(text, within=ChunkLimits(40, 48))

    assert (oil.section, gas.section) == ("Oil", "Gas")
    assert gas.text.startswith("# Gas")


def test_section_names_the_headings_above() -> None:
    oil = f"# Oil\n\n## Brent\n\n{words('b', 16)}\n\n## WTI\n\n{words('w', 16)}"
    text = f"{oil}\n\n# Gas\n\n{words('g', 9)}"

    passages = cut(text, within=ChunkLimits(24, 30))

    assert [passage.section for passage in passages] == ["Oil > Brent", "Oil > WTI", "Gas"]
    assert passages[0].text.startswith("# Oil\n\n## Brent")
    assert passages[1].embedded_text.startswith("Oil\n## WTI")


def test_later_passages_of_a_section_carry_its_heading() -> None:
    text = f"# Oil\n\n{words('o', 200)}"

    passages = cut(text, title="Markets", within=ChunkLimits(50, 60))

    assert len(passages) > 3
    assert all(passage.embedded_text.startswith("Markets\nOil\n") for passage in passages[1:])


def test_tiny_sections_are_joined_under_what_they_share() -> None:
    text = "# Facts\n\n## Status\nFinal\n\n## Author\nAda\n\n## Year\n1843"

    [passage] = cut(text, within=ChunkLimits(80, 96))

    assert passage.text == text
    assert passage.section == "Facts"


def test_heading_without_text_goes_with_what_follows() -> None:
    text = f"# Oil\n\n{words('o', 16)}\n\n## Empty\n\n# Gas\n\n{words('g', 16)}"

    oil, gas = cut(text)

    assert (oil.section, gas.section) == ("Oil", "Gas")
    assert gas.embedded_text == f"## Empty\n\n# Gas\n\n{words('g', 16)}"


def test_hash_without_a_space_is_no_heading() -> None:
    [passage] = cut("#hashtag is not a heading")

    assert passage.section == ""


def test_paragraph_break_wins_over_sentence_end() -> None:
    text = f"{words('a', 13)}\n\n{words('b', 2)}. {words('C', 2)}. {words('D', 14)}"

    first, *_ = cut(text)

    assert first.text == words("a", 13)


def test_sentence_is_not_cut_at_an_abbreviation_or_a_decimal() -> None:
    sentence = "On Jan. 5 Mr. Smith paid 3.14 USD."
    text = " ".join([sentence] * 30)

    passages = cut(text, within=ChunkLimits(40, 48))

    assert len(passages) > 5
    assert all(passage.text.endswith(sentence) for passage in passages)


def test_chinese_is_cut_at_its_full_stops() -> None:
    spans = [(i, i + 1) for i in range(1_000)]

    passages = split(
        "今天油价上涨。" * 40, title="", token_spans=lambda text: spans[: len(text)], limits=SMALL
    )

    assert all(passage.text.endswith("。") for passage in passages)


def test_endless_sentence_is_cut_between_words() -> None:
    text = words("word", 100)

    passages = cut(text)

    assert " ".join(passage.text for passage in passages) == text


def test_word_the_embedder_does_not_know_is_cut_all_the_same() -> None:
    passages = cut("x" * 1_000)

    assert max(len(passage.text) for passage in passages) <= SMALL.max_tokens


def test_character_of_several_tokens_is_not_parted() -> None:
    def four_tokens_each(text: str) -> list[tuple[int, int]]:
        return [(i, i + 1) for i in range(len(text)) for _ in range(4)]

    passages = split("🛢" * 50, title="", token_spans=four_tokens_each, limits=SMALL)

    assert "".join(passage.text for passage in passages) == "🛢" * 50
    assert all(passage.token_count <= SMALL.max_tokens for passage in passages)


def test_no_passage_of_a_long_section_is_a_crumb() -> None:
    for count in range(100, 160):
        passages = cut(words("w", count), within=ChunkLimits(50, 60))

        assert min(passage.token_count for passage in passages) >= 15


def test_long_title_and_headings_leave_most_room_to_the_text() -> None:
    text = f"# {words('h', 500)}\n\n{words('w', 500)}"

    passages = cut(text, title=words("t", 500), within=ChunkLimits(100, 120))

    assert all(passage.token_count >= 50 for passage in passages[:-1])
    assert len(passages[-1].section) <= 120


def test_edit_in_one_section_leaves_the_others_as_they_were() -> None:
    sections = [f"## Part {n}\n\n{words(f'p{n}w', 150)}" for n in range(8)]
    edited = [*sections]
    edited[3] = edited[3].replace("p3w70", "changed words stand here now")

    before = {passage.embedded_text for passage in cut("\n\n".join(sections), title="T")}
    after = {passage.embedded_text for passage in cut("\n\n".join(edited), title="T")}

    assert all("Part 3" in text for text in before ^ after)
    assert 0 < len(after - before) <= 4


def test_insertion_into_a_long_section_changes_few_passages() -> None:
    text = words("w", 3_000)
    edited = text.replace("w300 ", "w300 and some more words came in here ")

    before = {passage.embedded_text for passage in cut(text, within=ChunkLimits(60, 72))}
    after = {passage.embedded_text for passage in cut(edited, within=ChunkLimits(60, 72))}

    assert len(before) > 50
    assert len(after - before) <= 4


@pytest.mark.parametrize("title", ["", "Oil on Monday", "Prices", words("t", 500)])
@pytest.mark.parametrize(
    "text",
    [
        "Oil rose.",
        "Prices\nOil rose.",
        words("w", 900),
        f"# Oil\n\n{words('w', 90)}\n\n## Prices\n\n{words('v', 400)}",
        f"# Oil\n## Prices\n{words('w', 90)}\n# Gas\n{words('v', 90)}",
    ],
)
def test_another_embedder_reads_of_a_passage_what_it_would_have_cut(title: str, text: str) -> None:
    within = ChunkLimits(50, 60)

    passages = cut(text, title=title, within=within)

    assert [
        text_to_embed(
            passage.text,
            title=title,
            section=passage.section,
            token_spans=token_spans,
            limits=within,
        )
        for passage in passages
    ] == [passage.embedded_text for passage in passages]


@settings(deadline=None)
@given(st.integers(1, 2_000))
def test_limits_fit_the_embedder(embedder_max_tokens: int) -> None:
    within = ChunkLimits.within(embedder_max_tokens)

    assert 1 <= within.target_tokens <= within.max_tokens <= 240
    assert within.max_tokens + 2 <= embedder_max_tokens or embedder_max_tokens < 18


@pytest.mark.parametrize(
    "text",
    ["word " * 200_000, "# a\n" * 100_000, "a\n" * 200_000, "x" * 500_000, "a" + " " * 1_000_000],
    ids=["line", "headings", "lines", "word", "spaces"],
)
def test_long_text_takes_seconds(text: str) -> None:
    began = time.process_time()

    cut(text, within=ChunkLimits())

    assert time.process_time() - began < 10
