import gc
import threading
import weakref

import pytest

from grounding.loading import begun, embedder_loader
from grounding.settings import EmbedderSettings
from indexer.errors import EmbedderUnusable

SETTINGS = EmbedderSettings(device="cpu", threads=1)


def test_what_is_loaded_meanwhile_is_what_the_settings_name() -> None:
    loaded = begun(SETTINGS)(SETTINGS.name)

    usual = embedder_loader(SETTINGS)(SETTINGS.name)
    assert loaded.identity == usual.identity
    assert (loaded.embed_query("rain in May") == usual.embed_query("rain in May")).all()


def test_another_one_is_loaded_when_it_is_asked_for() -> None:
    load = begun(SETTINGS)

    assert load("minilm@int8").identity != embedder_loader(SETTINGS)(SETTINGS.name).identity
    assert load(SETTINGS.name) is not load(SETTINGS.name)


def test_what_cannot_be_loaded_is_told_to_whoever_asks_for_it() -> None:
    load = begun(SETTINGS.model_copy(update={"name": "nobody/nothing"}))

    with pytest.raises(EmbedderUnusable):
        load("nobody/nothing")
    with pytest.raises(EmbedderUnusable):
        load("nobody/nothing")


def test_nothing_is_kept_in_memory_for_nobody() -> None:
    load = begun(SETTINGS)
    loaded = weakref.ref(load(SETTINGS.name))
    for thread in threading.enumerate():
        if thread.name.startswith("embedder"):
            thread.join()

    gc.collect()

    assert loaded() is None
    assert load(SETTINGS.name)
