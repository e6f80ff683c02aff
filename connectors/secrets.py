"""Option values that name a secret instead of holding it: `env:NAME` or `file:PATH`.

References are followed at every read, so that a rotated secret applies without a restart, and
a secret is never part of stored options, cursors or error messages.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from connectors.errors import InvalidOptions


def revealed(values: Mapping[str, str], *, option: str) -> dict[str, str]:
    """Return `values` with every reference replaced by what it names.

    Raises:
        InvalidOptions: a variable is not set, or a file cannot be read.
    """
    return {name: reveal(value, option=f"{option}.{name}") for name, value in values.items()}


def reveal(value: str, *, option: str) -> str:
    """Return the secret that `value` names, or `value` itself when it is no reference."""
    if value.startswith("env:"):
        return _from_environment(value.removeprefix("env:"), option=option)
    if value.startswith("file:"):
        return _from_file(Path(value.removeprefix("file:")), option=option)
    return value


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
