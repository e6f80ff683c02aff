"""Bombs that unpack: gzip, brotli, zstd, zip."""

import gzip
import io
import struct
import zipfile
import zlib

from benchmarks.bombs.bomb import CSV, FEED, SITEMAP, Bomb, body_of

MIB = 2**20
# 256 MiB of zeros, as `brotli -q 9 -w 24` packs them.
BROTLI = bytes.fromhex(
    "cfffff7f002400e2b14072effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f0012"
    "00715800baf7fffcffff074002200e0b40f7fe9fffffff004800c46101e8defff3ffff1f000980382c00ddfb"
    "7ffeffff032001108705a07bffcfffff7f002400e2b00074effff9ffff0f8004401c1680eefd3fffffff0190"
    "0088c302d0bdffe7ffff3f001200715800baf7fffcffff074002200e0b40f7fe9fffffff004800c46101e8de"
    "fff3ffff1f000980382c00ddfb7ffeffff032001108705a07bff3f"
)


def compressed_bombs() -> list[Bomb]:
    zeros, members = _gzip_of_zeros(256), gzip.compress(bytes(10 * MIB)) * 100
    text = b"<rss version='2.0'><channel><item><title>" + b"x" * 19 * MIB
    return [
        Bomb("gzip, 256 MB of zeros", body_of(zeros, "Content-Encoding: gzip")),
        Bomb("gzip, 100 members of 10 MB", body_of(members, "Content-Encoding: gzip")),
        Bomb(
            "gzip, a million empty members",
            body_of(gzip.compress(b"") * 900_000, "Content-Encoding: gzip"),
        ),
        Bomb("gzip, a feed of 19 MB", body_of(gzip.compress(text), "Content-Encoding: gzip")),
        Bomb("deflate", body_of(zlib.compress(bytes(200 * MIB)), "Content-Encoding: deflate")),
        Bomb("gzip in gzip", body_of(gzip.compress(members), "Content-Encoding: gzip, gzip")),
        Bomb("gzip in gzip, said once", body_of(gzip.compress(members), "Content-Encoding: gzip")),
        Bomb("brotli", body_of(BROTLI, "Content-Encoding: br")),
        Bomb("zstd", body_of(_zstd(1024), "Content-Encoding: zstd")),
        Bomb("ten encodings", body_of(zeros, "Content-Encoding: " + "gzip, " * 9 + "gzip")),
        Bomb("zip of zeros", body_of(_zip(500), "Content-Type: application/zip"), CSV),
        Bomb("zip of a long line", body_of(_zip(45, b"1,"), "Content-Type: application/zip"), CSV),
        Bomb("sitemap.xml.gz", body_of(members, "Content-Type: application/gzip"), SITEMAP),
        Bomb("feed.xml.gz", body_of(members, "Content-Type: application/gzip"), FEED),
    ]


def _gzip_of_zeros(mebibytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(bytes(MIB)) for _ in range(mebibytes)]
    return b"".join([*packed, packer.flush()])


def _zstd(mebibytes: int) -> bytes:
    """Return a zstd frame of blocks that each repeat one byte 128 kB long (RFC 8878)."""
    frame_header = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x98"  # a window of 128 MB
    block = struct.pack("<I", (128 * 1024) << 3 | 1 << 1)[:3] + b"\0"
    last = struct.pack("<I", 1 << 3 | 1 << 1 | 1)[:3] + b"\0"
    return frame_header + block * 8 * mebibytes + last


def _zip(mebibytes: int, repeated: bytes = b"\0") -> bytes:
    file = io.BytesIO()
    piece = repeated * (MIB // len(repeated))
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as member,
    ):
        for _ in range(mebibytes):
            member.write(piece)
    return file.getvalue()
