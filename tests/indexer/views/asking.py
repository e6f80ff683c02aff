"""Searches over live views, in few words."""

from indexer.records import Legs, Scope
from indexer.views.live import LiveViews
from tests.indexer.views.fake_log import NOW_SCOPE


def ask(views: LiveViews, text: str = "wheat", scope: Scope = NOW_SCOPE, k: int = 10) -> Legs:
    return views.search(views.query(text), scope, k)


def found(
    views: LiveViews, text: str = "wheat", scope: Scope = NOW_SCOPE
) -> tuple[set[int], set[int]]:
    legs = ask(views, text, scope)
    return {hit.chunk for hit in legs.dense}, {hit.chunk for hit in legs.lexical}
