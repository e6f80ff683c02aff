"""Take relative paths in settings from where `grounding.toml` lies, not from the working folder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.secrets import reference_in


def options_anchored(options: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Return a source's options with its paths, SQLite addresses and files of secrets anchored."""
    anchored = {name: secret_anchored(value, base) for name, value in options.items()}
    for name in ("path", "catalog"):
        path = anchored.get(name)
        if isinstance(path, str):
            anchored[name] = str(base / Path(path).expanduser())
    url = anchored.get("url")
    if isinstance(url, str):
        anchored["url"] = sqlite_anchored(url, base)
    return anchored


def embedder_anchored(name: str, base: Path) -> str:
    from indexer.embed import SHIPPED, parts_of  # loads numpy

    plain, _ = parts_of(name)
    if plain in SHIPPED:
        return name
    if (base / name).is_dir():
        return str(base / name)
    return folder_anchored(plain, base) + name.removeprefix(plain)


def folder_anchored(name: str, base: Path) -> str:
    """Take what names a folder beside the file as that; it may be a name in a cache as well."""
    is_folder = name.startswith(("./", "../")) or (base / name).is_dir()
    return str(base / name) if is_folder else name


def sqlite_anchored(url: str, base: Path) -> str:
    prefix, _, file = url.partition(":///")
    is_relative = prefix.startswith("sqlite") and file and not file.startswith(("/", ":"))
    return f"{prefix}:///{base / file}" if is_relative else url


def secret_anchored(value: Any, base: Path) -> Any:  # Any: TOML in, the same TOML out
    if isinstance(value, dict):
        return {name: secret_anchored(each, base) for name, each in value.items()}
    reference = reference_in(value)
    if reference is None or reference.scheme != "file":
        return value
    return str(replace(reference, name=str(base / Path(reference.name).expanduser())))
