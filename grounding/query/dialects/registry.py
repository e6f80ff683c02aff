"""Every dialect by its name."""

from collections.abc import Mapping
from typing import Final

from grounding.query.dialects.anthropic import ANTHROPIC
from grounding.query.dialects.cohere import COHERE
from grounding.query.dialects.dialect import Dialect
from grounding.query.dialects.openai import OPENAI
from grounding.query.dialects.plain import PLAIN
from grounding.query.records import DialectName

DIALECTS: Final[Mapping[DialectName, Dialect]] = {
    each.name: each for each in (OPENAI, ANTHROPIC, COHERE, PLAIN)
}
