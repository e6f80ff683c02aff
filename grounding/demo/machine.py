"""The demonstration for a machine: one JSON object on standard output."""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from grounding.client.chats import ChatAnswer
from grounding.client.records import Augmented, Evidence, Source
from grounding.demo.measure import Reflection
from grounding.demo.process import ServiceProcess


class JsonReport:
    """Collects everything and prints it at the end."""

    def __init__(self) -> None:
        self.has_ended = False
        self._began = time.monotonic()
        self._told: dict[str, Any] = {"questions": [], "changes": []}  # Any: JSON to be

    def begin(self) -> None:
        """Nothing to tell yet: one object comes at the end."""

    def started(self, service: ServiceProcess, *, seconds: float) -> None:
        self._told["start_seconds"] = round(seconds, 3)
        self._told["url"] = service.url

    def read(self, sources: Sequence[Source]) -> None:
        self._told["sources"] = [
            {"name": s.name, "kind": s.kind, "schedule": s.schedule} for s in sources
        ]

    def asked(self, question: str, grounded: Augmented) -> None:
        self._told["questions"].append(
            {
                "question": question,
                "before": [{"role": "user", "content": question}],
                "after": grounded.messages,
                "evidence": [_evidence(each) for each in grounded.evidence],
                "receipt_id": grounded.receipt_id,
            }
        )

    def answered(self, question: str, without: ChatAnswer, grounded: ChatAnswer) -> None:
        self._told["answered"] = {
            "question": question,
            "without": without.text.strip(),
            "grounded": grounded.text.strip(),
            "citations": [{"title": each.title, "url": each.url} for each in grounded.citations],
            "receipt_id": grounded.receipt_id,
            "freshness": grounded.freshness,
        }

    def changed(self, reflection: Reflection) -> None:
        waited = reflection.waited_milliseconds
        total = reflection.milliseconds
        self._told["changes"].append(
            {
                "change": reflection.change.name,
                "source": reflection.change.source,
                "question": reflection.change.question,
                "published_at": reflection.published_at.isoformat(),
                "retrievable_at": reflection.retrievable_at.isoformat(),
                "milliseconds": round(total, 1),
                "waited_for_schedule_milliseconds": None if waited is None else round(waited, 1),
                "read_to_retrievable_milliseconds": (
                    None if waited is None else round(total - waited, 1)
                ),
                "evidence": _evidence(reflection.evidence) if reflection.evidence else None,
            }
        )

    def end(self, *, kept: ServiceProcess | None) -> None:
        if kept is not None:
            self._told["kept"] = {"url": kept.url, "pid": kept.pid, "config": str(kept.config)}
        self._print(is_ok=True)

    def fail(self, reason: str) -> None:
        if self.has_ended:  # a kept service that ended later
            print(reason, file=sys.stderr)  # noqa: T201
            return
        self._told["error"] = reason
        self._print(is_ok=False)

    def _print(self, *, is_ok: bool) -> None:
        self.has_ended = True
        told = {
            "ok": is_ok,
            "total_seconds": round(time.monotonic() - self._began, 3),
            **self._told,
        }
        print(json.dumps(told, ensure_ascii=False, indent=2), flush=True)  # noqa: T201


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "id": evidence.id,
        "title": evidence.title,
        "text": evidence.text,
        "source": evidence.source,
        "published_at": evidence.published_at and evidence.published_at.isoformat(),
        "observed_at": evidence.observed_at.isoformat(),
        "value": str(evidence.observation.value) if evidence.observation else None,
    }
