"""How embedders are loaded, as the settings say."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from grounding.settings import EmbedderSettings
from indexer.embed import Embedder, load
from indexer.embedders import Load


def embedder_loader(settings: EmbedderSettings) -> Load:
    """Return what loads an embedder by its name."""
    return partial(load, device=settings.device, threads=settings.threads, cache=settings.cache)


def begun(settings: EmbedderSettings) -> Load:
    """Begin to load the embedder of the settings, and return what loads any, once that is asked.

    Most of loading is not Python, so that a process meanwhile can import what else it needs.
    """
    usual = embedder_loader(settings)
    pool = ThreadPoolExecutor(1, thread_name_prefix="embedder")
    ahead = [pool.submit(usual, settings.name)]
    pool.shutdown(wait=False)

    def loaded(name: str) -> Embedder:
        mine = ahead.pop() if ahead else None  # nobody else keeps it in memory
        return usual(name) if mine is None or name != settings.name else mine.result()

    return loaded
