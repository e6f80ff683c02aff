"""Tests of `benchmarks/quality/climate.py`."""

import json
from pathlib import Path

from benchmarks.quality import climate


def claim(number: int) -> dict[str, object]:
    labels = ("SUPPORTS", "REFUTES", "NOT_ENOUGH_INFO")
    evidences = [
        {
            "evidence_id": f"Ice:{number + n}",
            "article": "Ice",
            "evidence": f"Sentence {number + n}.",
            "evidence_label": label,
        }
        for n, label in enumerate(labels)
    ]
    return {"claim_id": str(number), "claim": f"Claim {number}", "evidences": evidences}


def test_sentences_that_support_or_refute_a_claim_answer_it(tmp_path: Path) -> None:
    lines = [json.dumps(claim(number)) for number in range(4)]
    (tmp_path / "climate-fever.jsonl").write_text("\n".join(lines))

    found = climate.collection(tmp_path)

    assert [each.id for each in found.questions] == ["0", "3"]
    assert found.qrels["0"] == {"Ice:0": 1, "Ice:1": 1, "Ice:2": 0}
    assert [each.id for each in found.documents] == [f"Ice:{n}" for n in range(6)]
    assert found.documents[0].title == "Ice"
