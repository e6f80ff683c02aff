"""Answers, kept beside the receipts of the prompts that they answer."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.records import JsonValue
from grounding.query.receipt import Receipt, receipt_bytes
from grounding.query.receipt_book import KeptReceipt, ReceiptBook

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to the prompt of a receipt.

    llm: who gave it, as far as that is known. verdict: of its check, as JSON without texts of
        evidence; None where it was not checked.
    """

    receipt: str
    text: str
    at: datetime
    seq: int
    llm: str | None = None
    verdict: Mapping[str, JsonValue] | None = None


def keep_answer(book: ReceiptBook, answered: Answered) -> str:
    """Keep an answer, and return its id once it is stored.

    Raises:
        ValueError: it has no canonical form.
        SQLAlchemyError: it is not stored, such as on a full disk.
    """
    body = receipt_bytes(_receipt(answered))
    name = f"answ_{hashlib.sha256(body).hexdigest()[:24]}"
    book.keep(KeptReceipt(name, answered.at, answered.seq, body, of=answered.receipt))
    return name


def _receipt(answered: Answered) -> Receipt:
    """Return the body; the nonce tells the same answer given twice apart."""
    verdict = answered.verdict
    return {
        "format": FORMAT,
        "kind": "answer",
        "receipt": answered.receipt,
        "nonce": secrets.token_hex(8),
        "created_at": answered.at.astimezone(UTC).isoformat(),
        "checked_at": None if verdict is None else verdict.get("checked_at"),
        "llm": answered.llm,
        "answer": answered.text,
        "answer_sha256": hashlib.sha256(answered.text.encode(errors="replace")).hexdigest(),
        "verdict": None if verdict is None else dict(verdict),
    }
