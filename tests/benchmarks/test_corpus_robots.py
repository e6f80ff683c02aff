from pathlib import Path

import pytest

from benchmarks.corpus.compare import compared
from benchmarks.corpus.records import Reading, Recording
from benchmarks.corpus.robots_files import ROBOTS, robots_expectations, rules_as_batches
from connectors.records import Document


def recorded(text: str) -> Recording:
    return Recording("robots", "host", Path("host"), ROBOTS, "text/plain", body=text.encode())


def read(recording: Recording) -> tuple[Document, ...]:
    (batch,) = rules_as_batches(recording.served(), recording)
    return batch.documents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "User-agent: *\nDisallow: /",
        "User-agent: *\nDisallow: /admin\nAllow: /admin/*.php$\nCrawl-delay: 7",
        "User-agent: a\nUser-agent: *\nDisallow: /news\n\nSitemap: /map.xml",
        "User-agent: *\nDisallow: /\nUser-agent: grounding\nAllow: /",
        "User-agent: *\nDisallow: /*?q=*n$",
    ],
)
def test_both_readers_of_robots_txt_agree(text: str) -> None:
    recording = recorded(text)

    found = compared(recording, Reading(documents=read(recording)), robots_expectations(recording))

    assert found.disagreements == ()
    assert found.count == 4


def test_other_rules_than_those_served_are_noticed() -> None:
    recording = recorded("User-agent: *\nDisallow: /admin/")
    others = read(recorded("User-agent: *\nDisallow: /news/\nCrawl-delay: 3"))

    found = compared(recording, Reading(documents=others), robots_expectations(recording))

    assert {each.name for each in found.disagreements} == {"allowed", "delay"}
