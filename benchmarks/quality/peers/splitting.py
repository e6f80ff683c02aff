"""The splitter that users of stores without one of their own take: LangChain's."""

from collections.abc import Sequence
from importlib.metadata import version

from langchain_text_splitters import RecursiveCharacterTextSplitter

WHOLE_CHARACTERS = 4_000
CHUNK_CHARACTERS = 1_000
OVERLAP_CHARACTERS = 200

SETTINGS = (
    f"texts of more than {WHOLE_CHARACTERS:,} characters cut by langchain-text-splitters"
    f" {version('langchain-text-splitters')} RecursiveCharacterTextSplitter({CHUNK_CHARACTERS:,},"
    f" overlap {OVERLAP_CHARACTERS}), title before each passage"
)


def split(text: str) -> Sequence[str]:
    """Return the pieces of a text, as LangChain's tutorials cut one; an abstract stays whole.

    4,000 characters is the splitter's own default size, but four times what our embedder reads,
    so that what has to be cut is cut as small as the tutorials do.
    """
    if len(text) <= WHOLE_CHARACTERS:
        return [text]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP_CHARACTERS
    )
    pieces: list[str] = splitter.split_text(text)
    return pieces
