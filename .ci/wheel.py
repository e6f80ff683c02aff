"""Look into a wheel: all that the service needs is inside, and nothing else of the repository.

python .ci/wheel.py dist/grounding-*.whl
"""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("connectors", "indexer", "grounding")


def wanted() -> set[str]:
    """Return the names of what must be inside."""
    sources = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    migrations = {
        f"indexer/migrations/{path.relative_to(ROOT / 'alembic')}"
        for path in (ROOT / "alembic").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sources | migrations


def main() -> None:
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    missing, surplus = sorted(wanted() - inside), sorted(inside - wanted())
    if missing or surplus:
        sys.exit(f"{sys.argv[1]}: missing {missing}, not expected {surplus}")
    print(f"{sys.argv[1]}: {len(inside)} files, migrations and first.toml among them")


if __name__ == "__main__":
    main()
