"""List every file of the repository with its length and its purpose, for docs/architecture.md.

    python .ci/tree.py            print the tables
    python .ci/tree.py --write    put them between the marks in docs/architecture.md

A purpose is the first sentence of a module's docstring, a Markdown file's heading, or the first
comment of anything else; PURPOSES holds what says nothing of itself.
"""

import ast
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- files -->\n", "<!-- /files -->\n"

COLUMNS = dict.fromkeys(
    ("benchmarks/", "connectors/", "docs/", "grounding/", "indexer/", "tests/"), 2
)
"""How many files a row of a folder's table names, so that the page stays short."""

PURPOSES = {
    ".gitignore": "What git leaves out.",
    "CHANGELOG.md": "What changed, by version.",
    "CONTRIBUTING.md": "How to set up, check and extend it.",
    "README.md": "Where to begin.",
    "benchmarks/expected.toml": "What each figure should be, and how far off it may be.",
    "benchmarks/README.md": "How to run benchmarks and add one.",
    "docs/images/latency.svg": "How long a search takes, beside embedding and FAISS alone.",
    "docs/images/report.png": "The page of a report, in Chromium.",
    "docs/images/report-changes.png": "What a report says has changed since.",
    "docs/images/report-phone.png": "The page of a report on a phone.",
    "docs/images/scale.svg": "What a search costs as the rows grow.",
    "docs/images/timefilter.svg": "What a search within a window of time costs.",
    "docs/images/sufficiency.svg": "How often answers would lack evidence, by how many are given.",
    "grounding/first.toml": "What `grounding init` writes: real public sources, with comments.",
    "grounding/report/page.css": "How the page of a report looks.",
    "grounding/report/page.html": "The page of a report, as a template.",
    "LICENSE": "Apache License 2.0.",
    "pyproject.toml": "Package, dependencies, and the settings of every tool.",
    "alembic/script.py.mako": "What a new migration looks like.",
    "alembic/versions/0001_first_tables.py": "The first migration: every table.",
    "alembic/versions/0002_exact_times.py": "What answers at any instant need, and erasures.",
    "benchmarks/tasks/__init__.py": "One file for each question.",
    "tests/connectors/fetching.py": "A fetcher for tests that reads from a local server.",
}


def files() -> list[str]:
    """Return every file that is or would be committed, without empty ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = sorted(filter(None, listed.split("\0")))
    return [name for name in names if (ROOT / name).is_file() and (ROOT / name).stat().st_size]


def purpose(name: str) -> str:
    if name in PURPOSES:
        return PURPOSES[name]
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith(".py"):
        said = _sentence(ast.get_docstring(ast.parse(text)) or "")
        return said or _tested(name)
    if name.endswith(".md"):
        heading = re.search(r"^# (.+)$", text, re.MULTILINE)
        return f"{heading[1]}." if heading else ""
    comment = re.search(r"^# (.+?[.:])(?:\s|$)", text, re.MULTILINE)
    return re.sub(r":$", ".", comment[1]) if comment else _tested(name)


def tables() -> str:
    """Return one table for each folder at the top, in the order of their names."""
    groups = itertools.groupby(sorted(files(), key=_folder), key=_folder)
    return "\n".join("\n".join(_table(folder, list(names))) for folder, names in groups) + "\n"


def without_counts(page: str) -> str:
    """Return the tables without line counts and totals, which change with every edit."""
    rows = re.sub(r"(\| `[^`]+` \|) \d+ \|", r"\1 |", page)
    return re.sub(r"^(### .+?):.*$", r"\1", rows, flags=re.MULTILINE)


def listed() -> str:
    """Return what docs/architecture.md lists now."""
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip("\n") + "\n"


def _folder(name: str) -> str:
    return name.split("/", maxsplit=1)[0] + "/" if "/" in name else ""


def _table(folder: str, names: list[str]) -> Iterator[str]:
    lengths = {name: _length(name) for name in names}
    title = f"`{folder}`" if folder else "Beside them"
    yield f"### {title}: {len(names)} files, {sum(lengths.values())} lines"
    yield ""
    columns = COLUMNS.get(folder, 1)
    yield "| file | lines | purpose " * columns + "|"
    yield "|---|---:|---" * columns + "|"
    for start in range(0, len(names), columns):
        cells = []
        for name in names[start : start + columns]:
            what = purpose(name).replace("|", "\\|")
            cells.append(f"| `{name.removeprefix(folder)}` | {lengths[name]} | {what} ")
        yield "".join(cells) + "|"
    yield ""


def _length(name: str) -> int:
    """Return how many lines a file has; a picture has none."""
    return 0 if name.endswith(".png") else len((ROOT / name).read_bytes().splitlines())


def _sentence(docstring: str) -> str:
    """Return the first sentence of a docstring's first paragraph."""
    first = " ".join(docstring.split("\n\n", maxsplit=1)[0].split())
    sentence = re.match(r".+?[.?](?=\s|$)", first)
    if sentence:
        return sentence[0]
    return f"{first.rstrip(':')}." if first else ""


def _tested(name: str) -> str:
    """Say what a test file without docstring is about: the module that its name names."""
    if name.endswith("/conftest.py"):
        return "Fixtures of the tests beside it."
    found = re.fullmatch(r"tests/(.+/)?test_(\w+)\.py", name)
    if not found:
        return "Expected output of a test." if "/golden/" in name else ""
    subject = f"{found[1] or ''}{found[2]}"
    package, _, module = subject.rpartition("/")
    subjects = [path.relative_to(ROOT) for path in (ROOT / package).rglob(f"{module}.py")]
    if package and len(subjects) == 1:
        return f"Tests of `{subjects[0]}`."
    if (ROOT / f"{subject}.py").is_file():
        return f"Tests of `{subject}.py`."
    return f"Tests: {module.replace('_', ' ')}."


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        for _ in range(2):  # the page counts its own lines
            page = PAGE.read_text(encoding="utf-8")
            before, after = page.split(BEGIN)[0], page.split(END)[1]
            PAGE.write_text(f"{before}{BEGIN}\n{tables()}{END}{after}", encoding="utf-8")
    elif not sys.argv[1:]:
        print(tables())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
