"""Tests of `benchmarks/quality/peps.py`."""

from pathlib import Path

from benchmarks.quality import peps

PEP = """\
PEP: 8000
Title: Gardens in the Standard Library
Status: Draft
Created: 01-Jan-2020

Abstract
========

This module would let every program grow a garden of its own within seconds, and water it.

Watering by Timer
=================

Text.
"""


def test_questions_come_from_title_headings_and_first_sentence(tmp_path: Path) -> None:
    (tmp_path / "pep-8000.rst").write_text(PEP)

    found = peps.collection(tmp_path, seed=1)

    asked = [each.text for each in found.questions]
    assert found.documents[0].title == "Gardens in the Standard Library"
    assert asked[:2] == [
        "What is Gardens in the Standard Library?",
        "How does Gardens in the Standard Library deal with Watering by Timer?",
    ]
    assert set(asked[2].split()) <= set(PEP.split())
    assert len(asked[2].split()) == 11
    assert all(found.qrels[each.id] == {"pep-8000": 1} for each in found.questions)


def test_the_same_seed_makes_the_same_questions(tmp_path: Path) -> None:
    (tmp_path / "pep-8000.rst").write_text(PEP)

    assert peps.collection(tmp_path, seed=3) == peps.collection(tmp_path, seed=3)
