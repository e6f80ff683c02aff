"""Option values that name a secret instead of holding it: `env:NAME` or `file:PATH`.

A word may come before, as in `Bearer env:NAME`. References are followed at every read, so that a
rotated secret applies without a restart, and a secret is never part of stored options, cursors
or error messages.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from connectors.credentials import is_public, names_credential
from connectors.errors import InvalidOptions
from connectors.records import JsonValue

MASK = "***"

_REFERENCE = re.compile(r"((?:[A-Za-z][\w-]* )?)(env|file):(.*)", re.DOTALL)
_USERINFO = re.compile(r"(?<=://)([^/?#\s@:]*)(:?)[^/?#\s]*@")
_QUERY_VALUE = re.compile(r"([?&;])([^=&;#\s]+)=([^&;#\s]+)")
_MASKED_URL = re.compile(rf"://\S*(?:{re.escape(MASK)}@|={re.escape(MASK)}(?:[&;#]|$))")
# All other headers are more often a secret than not, whatever their name.
_HARMLESS_HEADERS = frozenset(
    {"accept", "accept-language", "content-type", "from", "origin", "prefer", "range", "referer",
     "user-agent"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """`word` with its space or nothing, and the variable or file that holds the secret."""

    word: str
    scheme: str
    name: str

    def __str__(self) -> str:
        return f"{self.word}{self.scheme}:{self.name}"


def reference_in(value: object) -> Reference | None:
    """Return what `value` refers to, None if it is a value in itself."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return Reference(*found.groups()) if found else None


def revealed(values: Mapping[str, str], *, option: str) -> dict[str, str]:
    """Return `values` with every reference replaced by what it names.

    Raises:
        InvalidOptions: a variable is not set, or a file cannot be read.
    """
    return {name: reveal(value, option=f"{option}.{name}") for name, value in values.items()}


def reveal(value: str, *, option: str) -> str:
    """Return the secret that `value` names, or `value` itself when it is no reference."""
    reference = reference_in(value)
    if reference is None:
        return value
    if reference.scheme == "env":
        return reference.word + _from_environment(reference.name, option=option)
    return reference.word + _from_file(Path(reference.name), option=option)


def without_credentials(values: Mapping[str, str]) -> None:
    """Require that headers or parameters refer to credentials and hold none.

    Raises:
        ValueError: one is held; the message says what to do, never the value.
    """
    for name, value in values.items():
        if value and names_credential(name) and not is_public(value) and not reference_in(value):
            example = "Bearer env:NAME" if name.lower() == "authorization" else "env:NAME"
            raise ValueError(
                f"{name} holds a secret: put it into an environment variable and write {example}"
            )


def address_without_credentials(url: str) -> None:
    """Require that a web address holds no password and no key.

    Raises:
        ValueError: it does; the message says what to do, never the value.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError(
            "no name and password in an address: put them into an environment variable and "
            'write headers = { Authorization = "Basic env:NAME" }'
        )
    for name, value in parse_qsl(parts.query):
        if names_credential(name) and not is_public(value):
            raise ValueError(
                f"no secret in an address: put it into an environment variable and write "
                f'params = {{ {name} = "env:NAME" }}'
            )


def shown(options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `options` fit to be shown: references as they are, masks over what may be secret.

    Masked are headers except those that are known to be harmless, whatever is named like a
    credential, and passwords and credentials inside URLs.
    """
    return {name: _shown(name, value) for name, value in options.items()}


def mask_in(value: object) -> str | None:
    """Return what stands behind a mask in `value`, "" where all of it does, None where nothing.

    Whoever sends back options as they were shown would have the mask stored for the secret.
    """
    if isinstance(value, str):
        return "" if value == MASK or _MASKED_URL.search(value) else None
    members: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, list | tuple):
        members = enumerate(value)
    for name, member in members:
        inner = mask_in(member)
        if inner is not None:
            return f"{name}.{inner}".rstrip(".")
    return None


def _shown(name: str, value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        if name == "headers":
            return {header: _shown_header(header, each) for header, each in value.items()}
        if name == "params":
            return {param: _shown_param(param, each) for param, each in value.items()}
        return {inner: _shown(inner, each) for inner, each in value.items()}
    if isinstance(value, list):
        return [_shown(name, each) for each in value]
    if not isinstance(value, str) or reference_in(value):
        return value
    # A mapping names the key of its items; only what is sent can be a key to a service.
    is_secret = names_credential(name) and name != "key"
    return MASK if is_secret else _shown_text(value)


def _shown_param(name: str, value: JsonValue) -> JsonValue:
    is_secret = names_credential(name) and not reference_in(value) and not is_public(str(value))
    return MASK if is_secret else _shown(name, value)


def _shown_header(name: str, value: JsonValue) -> JsonValue:
    if reference_in(value) or name.lower() in _HARMLESS_HEADERS:
        return value
    return MASK


def _shown_text(text: str) -> str:
    if "://" not in text:
        return text
    text = _USERINFO.sub(lambda found: f"{found[1]}:{MASK}@" if found[2] else f"{MASK}@", text)
    return _QUERY_VALUE.sub(
        lambda found: f"{found[1]}{found[2]}={MASK}" if names_credential(found[2]) else found[0],
        text,
    )


def _from_environment(name: str, *, option: str) -> str:
    secret = os.environ.get(name)
    if not secret:
        raise InvalidOptions(f"{option}: environment variable {name} is not set")
    return secret


def _from_file(path: Path, *, option: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise InvalidOptions(f"{option}: cannot read the secret in {path}") from error
    if not secret:
        raise InvalidOptions(f"{option}: {path} is empty")
    return secret
