"""Signing keys that the operator owns: Ed25519, one file each, readable by their owner alone.

    DIRECTORY/signing.pem          the private key in use (PKCS #8, mode 0600)
    DIRECTORY/KEY.pub.pem          every public key there was, by its name
    DIRECTORY/KEY.retired.pem      private keys that were rotated away

A key is named by the first 16 digits of the SHA-256 of its public key.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grounding.receipts.errors import KeyUnusable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SIGNING: Final = "signing.pem"
_HINT: Final = "make one with `grounding keys new`, or take [receipts] keys out of the settings"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its name."""

    name: str
    private: "Ed25519PrivateKey"

    @property
    def public(self) -> str:
        """The public key, raw, in base64."""
        return base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    def sign(self, content: bytes) -> bytes:
        return self.private.sign(content)


class KeyRing:
    """The key in a directory; a key that replaces it is noticed at the next signature."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: tuple[tuple[int, int], SigningKey] | None = None

    def current(self) -> SigningKey:
        """Return the key to sign with.

        Raises:
            KeyUnusable: there is none, or it cannot be read.
        """
        path = self.directory / SIGNING
        try:
            found = path.stat()
        except OSError as error:
            raise KeyUnusable(f"{path}: no signing key: {_HINT}") from error
        stamp = (found.st_mtime_ns, found.st_ino)
        if self._read is None or self._read[0] != stamp:
            self._read = (stamp, _read_private(path))
        return self._read[1]


def new_key(directory: Path) -> SigningKey:
    """Make the first key of a directory, or the one after a lost key.

    Raises:
        KeyUnusable: there is one in use, or the directory cannot be written.
    """
    if (directory / SIGNING).exists():
        raise KeyUnusable(f"{directory / SIGNING} is in use: `grounding keys rotate` replaces it")
    key = _generated()
    _written(directory, key, directory / SIGNING)
    return key


def prepared_key(directory: Path) -> tuple[SigningKey, Path]:
    """Make a key that is to replace the one in use, in a file of its own until `put_in_use`."""
    key = _generated()
    path = directory / f"{key.name}.next.pem"
    _written(directory, key, path)
    return key, path


def put_in_use(directory: Path, old: SigningKey, prepared: Path) -> None:
    """Keep the key that was in use as retired, and use the prepared one, in one step each."""
    os.link(directory / SIGNING, directory / f"{old.name}.retired.pem")
    prepared.replace(directory / SIGNING)


def public_keys(directory: Path) -> list[tuple[str, Path]]:
    """Return the names of all keys of a directory, with the files of their public keys."""
    return sorted(
        (path.name.removesuffix(".pub.pem"), path) for path in directory.glob("*.pub.pem")
    )


def read_public(path: Path) -> str:
    """Return the public key in a PEM file, raw, in base64.

    Raises:
        KeyUnusable: there is none.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"{path}: no public key: {error}") from error
    if not isinstance(found, Ed25519PublicKey):
        raise KeyUnusable(f"{path}: expected an Ed25519 public key")
    return base64.b64encode(found.public_bytes_raw()).decode()


def name_of(public: str) -> str:
    """Return the name of a public key that is given raw, in base64."""
    return hashlib.sha256(base64.b64decode(public, validate=True)).hexdigest()[:16]


def is_signed(public: str, signature: bytes, content: bytes) -> bool:
    """Whether a signature is that of a public key, raw, in base64."""
    from cryptography.exceptions import InvalidSignature

    try:
        _public(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(public: str) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))


def _generated() -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return _named(Ed25519PrivateKey.generate())


def _named(private: "Ed25519PrivateKey") -> SigningKey:
    raw = private.public_key().public_bytes_raw()
    return SigningKey(hashlib.sha256(raw).hexdigest()[:16], private)


def _read_private(path: Path) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"{path}: no signing key: {error}; {_HINT}") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyUnusable(f"{path}: expected an Ed25519 private key; {_HINT}")
    return _named(found)


def _written(directory: Path, key: SigningKey, path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form

    private = key.private.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    )
    public = key.private.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path, private, 0o600)
        _create(directory / f"{key.name}.pub.pem", public, 0o644)
    except OSError as error:
        raise KeyUnusable(f"{directory}: cannot be written: {error}") from error


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet, and never for a moment readable by others."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
