"""Is every recorded feed, page, sitemap, robots.txt, forecast, price and filing read as it says?

Each file is served over HTTP on loopback with its own content type and read by the connector for
it, three times, in one process. What is read is compared with what its suite says of it, or with
what the standard library's readers find in the same bytes. Every disagreement belongs to a class,
each of which a rule checks; what no rule explains is named.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks import cpu
from benchmarks.corpus.measure import Measured, Tally, measured
from benchmarks.corpus.suites import suites
from benchmarks.records import Baseline, Context, Figure

HANG_SECONDS = 1.0
ENTRIES_A_SECOND = 20_000
"""A file of so many values may take a second more and does not hang."""
DATED_SUITE = "html_readability"
NAMED = 12


def run(context: Context) -> list[Figure]:
    before = cpu.own_seconds()
    found = measured(suites(context.archive), say=context.say)
    spent = cpu.own_seconds() - before
    for tally in found.tallies:
        context.say(_described(tally))
    return [
        *(figure for tally in found.tallies for figure in _suite_figures(tally)),
        *_dates(found.tallies),
        *_totals(found, spent),
    ]


def hanging(tally: Tally) -> list[str]:
    """Name the files that took over a second in every pass, for no more than they hold."""
    allowed = HANG_SECONDS + tally.entries / ENTRIES_A_SECOND
    return [name for name, seconds in tally.cpu.items() if seconds > allowed]


def _suite_figures(tally: Tally) -> list[Figure]:
    files = Baseline("files", tally.files)
    statements = Baseline("statements compared", tally.statements)
    unusable = f"; {tally.unusable} statements about something else" if tally.unusable else ""
    kinds = f"{tally.documents:,} documents, {tally.observations:,} values, "
    return [
        Figure(
            f"{tally.suite}: parsed", tally.parsed, "files", files, notes=_listed(tally.refused)
        ),
        Figure(
            f"{tally.suite}: entries",
            tally.entries,
            "entries",
            cpu_seconds=sum(tally.cpu.values()),
            notes=kinds + f"{tally.failures:,} failed items",
        ),
        Figure(
            f"{tally.suite}: disagreements",
            len(tally.disagreements),
            "statements",
            statements,
            notes=_listed(tally.classes) + unusable,
        ),
    ]


def _dates(tallies: Iterable[Tally]) -> list[Figure]:
    """Say how many of the pages that state when they were published are read so."""
    tally = next((each for each in tallies if each.suite == DATED_SUITE), None)
    if tally is None:
        return []
    stated = tally.fields["published"]
    wrong = sum(each.name == "published" for each in tally.disagreements)
    return [
        Figure(
            f"{DATED_SUITE}: publication dates that agree",
            100 * (stated - wrong) / stated,
            "%",
            notes=f"{stated - wrong} of {stated} pages that state one and may be read",
        )
    ]


def _totals(found: Measured, spent: float) -> list[Figure]:
    tallies = found.tallies
    unexplained = [each for tally in tallies for each in tally.unexplained]
    crashes = [each for tally in tallies for each in tally.crashes]
    hung = [name for tally in tallies for name in hanging(tally)]
    slow = {
        name: seconds
        for tally in tallies
        for name, seconds in tally.cpu.items()
        if seconds > HANG_SECONDS
    }
    slowest_wall = max(seconds for tally in tallies for seconds in tally.wall.values())
    named_slow = ", ".join(f"{name} {seconds:.1f} CPU s" for name, seconds in slow.items())
    return [
        Figure("files read", sum(tally.files for tally in tallies), "files", None, spent),
        Figure("unexplained", len(unexplained), "statements and files", notes=_named(unexplained)),
        Figure("crashes", len(crashes), "files", notes=_named(crashes)),
        Figure("files that hang", len(hung), "files", notes=_named(hung)),
        Figure("files over one CPU second", len(slow), "files", notes=named_slow),
        Figure("slowest file, wall", slowest_wall, "s"),
        Figure(
            "memory gained in the last pass",
            found.memory[-1] - found.memory[-2],
            "MiB",
            notes=f"MiB after each pass: {', '.join(f'{each:.0f}' for each in found.memory)}",
        ),
    ]


def _described(tally: Tally) -> str:
    return (
        f"{tally.suite}: {tally.parsed} of {tally.files} files, {tally.entries:,} entries, "
        f"{len(tally.disagreements)} of {tally.statements:,} statements differ: "
        f"{_listed(tally.classes) or 'none'}"
    )


def _listed(classes: Counter[str]) -> str:
    return "; ".join(f"{count:,} {name}" for name, count in classes.most_common())


def _named(names: Sequence[str]) -> str:
    more = f"; {len(names) - NAMED} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more
