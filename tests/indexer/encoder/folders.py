"""Folders of embedders, changed."""

import json
from pathlib import Path
from typing import Any


def rewrite(file: Path, **changes: Any) -> None:  # Any: JSON of other people
    """Say something else in a configuration file."""
    file.write_text(json.dumps(json.loads(file.read_bytes()) | changes))
