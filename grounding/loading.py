"""How embedders are loaded, as the settings say."""

from functools import partial

from grounding.settings import EmbedderSettings
from indexer.embed import load
from indexer.embedders import Load


def embedder_loader(settings: EmbedderSettings) -> Load:
    """Return what loads an embedder by its name."""
    return partial(load, device=settings.device, threads=settings.threads, cache=settings.cache)
