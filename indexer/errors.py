"""What can go wrong between a batch and an index, sorted by what the caller must do.

IndexerError
├── DatabaseUnusable      tell the operator: wrong URL, locked, or not migrated
│   └── SchemaMismatch        run `grounding db upgrade`
├── EmbedderUnusable      tell the operator: weights missing, altered, or of another size
│   └── EmbedderMismatch      vectors come from another embedder than the one that is asked for
├── EncoderUnfit          run this embedder on torch
│   └── EncoderFailed         and tell the operator
├── TuningRefused         tell the user: too few or unusable pairs
├── MissingExtra          tell the user which extra to install
├── SnapshotUnusable      ignore this snapshot and rebuild from the database
├── ScrubFailed           retry: somebody still reads what was deleted
├── IndexBehind           retry: the index has not applied that change yet
├── CallerLeft            stop: nobody waits for the answer any more
├── UnstorableItem        skip this item and record why
├── EmbedderInUse         tell the user: the active embedder cannot be removed
├── EmbeddingsMissing     embed them first: `grounding embedder add`
├── UnknownEmbedder       tell the user which ones there are
├── Conflict              decide again: somebody else changed the same items meanwhile
│   └── EmbedderReplaced      embed again, with the embedder that is active now
├── TooManyFailures       a person should look at this source
├── UnknownSource         tell the user
│   └── SourceChanged         read it again, from where it stands now
├── SourceExists          tell the user
└── InvalidSource         tell the user
    └── InvalidSchedule
"""


class IndexerError(Exception):
    """Root of everything the indexer raises on purpose."""


class DatabaseUnusable(IndexerError):
    """The database cannot be opened or written."""


class SchemaMismatch(DatabaseUnusable):
    """The database's tables are older or newer than this program."""


class EmbedderUnusable(IndexerError):
    """The embedder cannot be loaded or trusted."""


class EmbedderMismatch(EmbedderUnusable):
    """Stored vectors were made by another embedder than the one that is asked for."""


class EncoderUnfit(IndexerError):
    """The embedder is of a kind that ONNX Runtime is not given, or there is no ONNX Runtime."""


class EncoderFailed(EncoderUnfit):
    """ONNX Runtime should run the embedder, and cannot, or not as torch does."""


class EmbedderInUse(IndexerError):
    """What is asked for would take the active embedder away."""


class EmbeddingsMissing(IndexerError):
    """Too many chunks have no vector by an embedder that is to become the active one."""


class UnknownEmbedder(IndexerError):
    """The database holds no vectors of an embedder of that name."""


class TuningRefused(IndexerError):
    """What there is to learn from cannot be used, or is too little to tell what was learnt."""


class MissingExtra(IndexerError):
    """A package is not installed that only this needs."""


class SnapshotUnusable(IndexerError):
    """A snapshot cannot be written, or cannot be trusted."""


class ScrubFailed(IndexerError):
    """What was deleted cannot be taken out of the database's files now."""


class IndexBehind(IndexerError):
    """The index did not reach the wanted change in time."""

    def __init__(self, wanted: int, applied: int) -> None:
        super().__init__(f"index is at change {applied}, change {wanted} was asked for")
        self.wanted = wanted
        self.applied = applied


class CallerLeft(IndexerError):
    """Nobody waits for what is being done any more."""


class UnstorableItem(IndexerError):
    """One item of a batch cannot be stored."""


class Conflict(IndexerError):
    """What was decided no longer fits what is stored."""


class EmbedderReplaced(Conflict):
    """Vectors were made by an embedder that is no longer the active one."""


class TooManyFailures(IndexerError):
    """So many items of one read failed that the source itself is in doubt."""


class UnknownSource(IndexerError):
    """No source has that name."""


class SourceChanged(UnknownSource):
    """A source is no longer the one that was being read: it was changed or removed meanwhile."""


class SourceExists(IndexerError):
    """A source of that name is already there."""


class InvalidSource(IndexerError):
    """A source's settings make no sense."""


class InvalidSchedule(InvalidSource):
    """A schedule is neither `every DURATION` nor `cron EXPRESSION`."""
