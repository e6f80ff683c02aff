"""Recorded files on a loopback web site."""

from collections.abc import Iterable
from pathlib import Path

from grounding.demo.site import Site

MEDIA_TYPES = {
    ".atom": "application/atom+xml",
    ".csv": "text/csv",
    ".json": "application/feed+json",
    ".rss": "application/rss+xml",
    ".xml": "application/xml",
    ".zip": "application/zip",
}


def serve_files(site: Site, files: Iterable[Path], *, under: str) -> dict[Path, str]:
    """Publish every file below the path `under` and return their URLs."""
    return {
        file: site.put(
            f"{under}/{file.name}",
            file.read_bytes(),
            media_type=MEDIA_TYPES.get(file.suffix, "application/octet-stream"),
        )
        for file in files
    }
