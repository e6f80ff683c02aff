from pathlib import Path

from sqlalchemy import create_engine, text

from tests.grounding.cli.command import Command


def test_upgrade_makes_the_database_and_may_be_repeated(command: Command) -> None:
    first = command("db", "upgrade", "--json")
    again = command("db", "upgrade")

    assert (first.code, first.err) == (0, "")
    assert first.json["revision"]
    assert first.json["revision"] in again.out
    assert Path("data/grounding.db").exists()


def test_database_of_a_newer_program_ends_with_4(command: Command) -> None:
    command("db", "upgrade")
    engine = create_engine("sqlite:///data/grounding.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    engine.dispose()

    done = command("db", "upgrade")

    assert done.code == 4
    assert "future" in done.sentence
