"""A directory that any fsspec file system reaches: object stores, SFTP, archives, repositories.

fsspec's own HTTP is refused, since it would go round the check of addresses; so are caches that
leave copies on this machine. The driver of a protocol may be a package of its own.
"""

import errno
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.dates import parse_instant
from connectors.directories.directory import Listing, Stamp, is_chosen, is_usable, unusable
from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.records import Failure, JsonValue
from connectors.secrets import reveal
from connectors.text.fields import one_line

MOST_FILES = 100_000
DEEPEST = 40
UNREADABLE_IN_A_ROW = 5
LONGEST_REASON = 200

_WEB = "use the kind `web`, `sitemap`, `feed`, `json` or `csv`, which check what they connect to"
_CACHE = "it leaves copies on this machine"
_ELSEWHERE = "it leads to addresses that are not written here"
REFUSED = {
    "http": _WEB,
    "https": _WEB,
    "file": "use `path`",
    "local": "use `path`",
    "asynclocal": "use `path`",
    "simplecache": _CACHE,
    "filecache": _CACHE,
    "blockcache": _CACHE,
    "cached": _CACHE,
    "reference": _ELSEWHERE,
    "generic": _ELSEWHERE,
    "data": "it holds its content itself",
}
ARCHIVES = ("zip", "tar", "libarchive")
PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs",
    "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol", "github": "requests",
    "gist": "requests", "webhdfs": "requests", "dbfs": "requests", "git": "pygit2",
    "hf": "huggingface_hub", "hdfs": "pyarrow", "webdav": "webdav4[fsspec]",
    "gdrive": "gdrive_fsspec", "oci": "ocifs", "oss": "ossfs", "box": "boxfs", "dvc": "dvc",
    "dropbox": "dropboxdrivefs", "lakefs": "lakefs-spec", "libarchive": "libarchive-c",
}  # fmt: skip

# What drivers call a value that changes with the content, and the time of the last change.
_TAGS = (
    "ETag", "etag", "sha", "hex", "blob_id", "md5Hash", "content_md5", "content_hash", "checksum",
    "CRC", "generation", "VersionId",
)  # fmt: skip
_TIMES = (
    "mtime", "LastModified", "last_modified", "updated", "modified", "modify", "modificationTime",
    "created",
)  # fmt: skip

# What drivers say, in errors of their own, when they need other credentials.
_REFUSALS = ("authentication", "credentials", "access denied", "forbidden")


def protocols_of(url: str) -> list[str]:
    """Return the protocols of a URL, the outermost first, once each is known to be harmless.

    Raises:
        ValueError: one is unknown or refused, or a password stands in the URL.
    """
    links = url.split("::")
    protocols = [link.partition("://")[0] for link in links]
    for place, (protocol, link) in enumerate(zip(protocols, links, strict=True)):
        if "://" not in link:
            raise ValueError(f"{one_line(link)[:80]!r} has no protocol such as s3://")
        is_archive_here = place > 0 and protocol in ("file", "local")
        if protocol in REFUSED and not is_archive_here:
            raise ValueError(f"{protocol}:// is refused: {REFUSED[protocol]}")
        login = link.partition("://")[2].partition("/")[0].rpartition("@")[0]
        if ":" in login and protocol not in ("github", "git"):
            raise ValueError("a password in the URL: put it into storage_options as env:NAME")
    _require_known(protocols)
    for protocol, inner in zip(protocols, [*protocols[1:], None], strict=True):
        if (protocol in ARCHIVES) != (inner is not None):
            raise ValueError("expected one place, or an archive in one: zip://docs::s3://bucket/x")
    return protocols


def _require_known(protocols: Sequence[str]) -> None:
    from fsspec.registry import available_protocols, registry  # not before a URL is used

    known = {*available_protocols(), *registry}
    for protocol in protocols:
        if protocol not in known:
            raise ValueError(f"{protocol}:// is no protocol that fsspec knows")


class RemoteDirectory:
    """What lies below a URL, listed anew for each instance."""

    def __init__(self, url: str, options: Mapping[str, JsonValue], *, source: str) -> None:
        self._source = source
        self._url = url
        self._options = options
        self._secrets: list[str] = []
        self._failed_in_a_row = 0

    def listing(self, *, include: Sequence[str], exclude: Sequence[str]) -> Listing:
        self._files, self._root = self._opened()
        stamps: dict[str, Stamp] = {}
        failures: list[Failure] = []
        unlisted: list[Failure] = []
        for key, info in self._entries(unlisted):
            if not is_chosen(key, include=include, exclude=exclude):
                continue
            if not is_usable(key):
                failures.append(unusable(key))
                continue
            stamps[key] = self._stamp(info)
            if len(stamps) > MOST_FILES:
                raise SourceBroken(f"source {self._source}: more than {MOST_FILES} files")
        return Listing(dict(sorted(stamps.items())), (*failures, *unlisted), is_whole=not unlisted)

    def read(self, key: str, *, max_bytes: int) -> bytes:
        try:
            with self._files.open(self._path(key), "rb") as file:
                content: bytes = file.read(max_bytes + 1)
        except Exception as error:  # every driver has errors of its own
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= UNREADABLE_IN_A_ROW:
                raise self._unreachable(error) from error
            raise OSError(errno.EIO, self._reason(error)) from error
        self._failed_in_a_row = 0
        return content

    def _opened(self) -> tuple[Any, str]:  # Any: fsspec has no types
        """Connect, with nothing left of what was listed before."""
        from fsspec.core import url_to_fs

        protocols = protocols_of(self._url)
        options = {name: self._revealed(name, each) for name, each in self._options.items()}
        for protocol in protocols[1:]:
            within = options.setdefault(protocol, {})
            if isinstance(within, dict):
                within.setdefault("skip_instance_cache", True)
        self._require_drivers(protocols)
        try:
            files, root = url_to_fs(self._url, **{"skip_instance_cache": True, **options})
        except Exception as error:  # every driver has errors of its own
            raise self._unreachable(error) from error
        return files, str(root)

    def _require_drivers(self, protocols: Sequence[str]) -> None:
        from fsspec import get_filesystem_class

        for protocol in protocols:
            try:
                get_filesystem_class(protocol)
            except ImportError as error:
                package = PACKAGES.get(protocol)
                advice = f"pip install {package}" if package else one_line(str(error))
                raise InvalidOptions(
                    f"source {self._source}: url: {protocol}:// needs a package: {advice}"
                ) from error

    def _revealed(self, name: str, value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {inner: self._revealed(f"{name}.{inner}", each) for inner, each in value.items()}
        if not isinstance(value, str):
            return value
        found = reveal(value, option=f"source {self._source}: storage_options.{name}")
        if found != value:
            self._secrets.append(found)
        return found

    def _entries(self, unlisted: list[Failure]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Walk the directories, noting those below the root that cannot be listed."""
        waiting = [""]
        while waiting:
            directory = waiting.pop()
            try:
                found = self._children(directory)
            except Exception as error:  # every driver has errors of its own
                if not directory:
                    raise self._unreachable(error) from error
                reason = f"the directory cannot be listed: {self._reason(error)}"
                unlisted.append(Failure(directory, reason))
                continue
            for key, info in found:
                if info.get("type") == "file":
                    yield key, info
                elif info.get("type") == "directory" and key.count("/") < DEEPEST:
                    waiting.append(key)

    def _children(self, directory: str) -> list[tuple[str, Mapping[str, Any]]]:
        root = self._root.strip("/")
        found, is_file = {}, False
        for info in self._files.ls(self._path(directory), detail=True):
            name = str(info["name"])
            key = name.strip("/").removeprefix(root).strip("/")
            if key == directory:  # itself: a file, or what object stores keep for a directory
                is_file = info.get("type") == "file" and not name.endswith("/")
            elif not key.rpartition("/")[2].startswith("."):
                found[key] = info
        if is_file and not found:
            raise NotADirectoryError
        return sorted(found.items())

    def _path(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{key}".rstrip("/") if self._root else key

    def _stamp(self, info: Mapping[str, Any]) -> Stamp:
        tag = next((f"{name}:{info[name]}" for name in _TAGS if info.get(name)), "")
        times = (parse_instant(info.get(name)) for name in _TIMES)
        modified_at = next(filter(None, times), None)
        mark = tag or (modified_at.isoformat() if modified_at else self._files.ukey(info["name"]))
        size = info.get("size")
        return Stamp(mark, size if isinstance(size, int) else None, modified_at)

    def _unreachable(self, error: Exception) -> RetryLater | SourceBroken:
        place = f"source {self._source}: {self._url}"
        if isinstance(error, NotADirectoryError):
            return SourceBroken(f"{place} is not a directory")
        reason = self._reason(error)
        if isinstance(error, TypeError):
            return InvalidOptions(f"{place}: storage_options: {reason}")
        if isinstance(error, PermissionError) or any(each in reason.lower() for each in _REFUSALS):
            return SourceBroken(f"{place} refuses to be read: {reason}")
        return RetryLater(f"{place} cannot be read: {reason}")

    def _reason(self, error: Exception) -> str:
        """Say what went wrong without any secret that was used."""
        said = one_line(getattr(error, "strerror", None) or str(error))
        for secret in self._secrets:
            said = said.replace(secret, "…")
        return f"{type(error).__name__}: {said}"[:LONGEST_REASON] if said else type(error).__name__
