"""Settings of receipts: who signs them, and how long they are kept."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from grounding.setting_types import Duration, Section


class ReceiptSettings(Section):
    """keys: the directory of the signing key; without it receipts are chained and not signed.

    keep: after how long their bodies are deleted; without it never.
    """

    keys: Path | None = None
    keep: Annotated[Duration, Field(gt=timedelta(0))] | None = None
