"""`singer` with taps written here: small programs that speak the protocol, well or badly."""

import json
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.records import Cursor, Semantics
from tests.connectors.reading import Read, connector, read
from tests.waiting import until

ISSUES = {"documents": {"key": "id", "title": "title", "text": "body", "updated_at": "updated"}}
PRICES = {
    "observations": {
        "series": {"key": "{product}", "title": "Price of {product}"},
        "valid_from": "at",
        "value": "price",
    }
}
HEAD = """
import json, os, sys, time

def say(**message):
    print(json.dumps(message), flush=True)

def given(name):
    path = sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None
    return json.load(open(path)) if path else None

def issue(id, **more):
    record = {"id": id, "title": f"Issue {id}", "body": "Text.", "updated": "2026-03-01T10:00:00Z"}
    say(type="RECORD", stream="issues", record=record | more)

say(type="SCHEMA", stream="issues", schema={}, key_properties=["id"])
"""


class Tap:
    """A tap whose program is `HEAD` and a few lines more."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tap.py"

    def read(self, lines: str, cursor: Cursor | None = None, **options: Any) -> Read:
        self.path.write_text(HEAD + lines)
        return read(self.source(**options), json.loads(json.dumps(cursor or {})))

    def source(self, **options: Any) -> Any:
        command = [sys.executable, str(self.path)]
        return connector("singer", **{"command": command, "streams": {"issues": ISSUES}, **options})


@pytest.fixture
def tap(tmp_path: Path) -> Tap:
    return Tap(tmp_path)


def test_records_of_chosen_streams_become_documents_and_values(tap: Tap) -> None:
    lines = """
issue(1)
say(type="RECORD", stream="users", record={"id": 5})
print('{"type": "RECORD", "stream": "prices", "record": '
      '{"product": "tea", "at": "2026-03-01", "price": 12.5000000000000000001}}')
"""

    result = tap.read(lines, streams={"issues": ISSUES, "prices": PRICES})

    assert result.keys == ["issues/1"]
    assert (result.document.title, result.document.text) == ("Issue 1", "Text.")
    assert result.values == {("tea", "2026-03-01T00:00:00+00:00"): "12.5000000000000000001"}
    assert result.failures == []


def test_semantics_are_those_of_what_the_streams_hold(tap: Tap) -> None:
    assert tap.source().semantics is Semantics.KEYED_LATEST
    assert tap.source(streams={"prices": PRICES}).semantics is Semantics.SERIES


def test_state_is_kept_and_handed_back(tap: Tap) -> None:
    lines = """
last = (given("--state") or {}).get("last", 0)
issue(last + 1)
say(type="STATE", value={"last": last + 1, "share": 0.5, "large": 12345678901234567890})
"""
    first = tap.read(lines)

    second = tap.read(lines, first.cursor)

    assert (first.keys, second.keys) == (["issues/1"], ["issues/2"])
    assert second.cursor["state"] == {"last": 2, "share": 0.5, "large": 12345678901234567890}


def test_changed_options_begin_without_a_state(tap: Tap) -> None:
    lines = "issue(1 if given('--state') is None else 2)\nsay(type='STATE', value={'a': 1})"
    first = tap.read(lines)

    assert tap.read(lines, first.cursor, timeout_seconds=50).keys == ["issues/1"]


def test_state_never_covers_a_record_that_is_still_to_come(tap: Tap) -> None:
    lines = """
for number in range(1, 1201):
    issue(number)
    say(type="STATE", value={"last": number})
"""

    batches = tap.read(lines).batches

    sizes = [len(batch.documents) for batch in batches]
    states: list[Any] = [batch.cursor["state"] for batch in batches]
    assert sizes == [500, 500, 200]
    assert [state["last"] for state in states] == [499, 999, 1200]


def test_config_and_state_lie_in_private_files_that_are_gone_afterwards(
    tap: Tap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_TOKEN", "hunter2")
    seen = tmp_path / "seen.json"
    lines = f"""
paths = {{name: sys.argv[sys.argv.index(name) + 1] for name in ("--config", "--state")
         if name in sys.argv}}
modes = {{name: os.stat(path).st_mode for name, path in paths.items()}}
folder = os.stat(os.path.dirname(paths["--config"])).st_mode
json.dump([paths, modes, folder, given("--config")], open({str(seen)!r}, "w"))
issue(1)
say(type="STATE", value={{"a": 1}})
"""
    options = {"config": {"auth": {"token": "env:TAP_TOKEN"}, "repos": ["a"]}}
    first = tap.read(lines, **options)
    tap.read(lines, first.cursor, **options)

    paths, modes, folder, config = json.loads(seen.read_text())
    assert config == {"auth": {"token": "hunter2"}, "repos": ["a"]}
    assert [stat.S_IMODE(mode) for mode in modes.values()] == [0o600, 0o600]
    assert stat.S_IMODE(folder) == 0o700
    assert not any(Path(path).exists() for path in paths.values())


def test_tap_gets_no_variables_but_those_it_needs_and_is_given(
    tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDING_API_KEY", "hunter2")
    monkeypatch.setenv("TAP_TOKEN", "correct horse")
    lines = "issue(1, body=json.dumps(sorted(os.environ)) + os.environ['TOKEN'])"

    text = tap.read(lines, environment={"TOKEN": "env:TAP_TOKEN"}).document.text

    assert "GROUNDING_API_KEY" not in text
    assert "PATH" in text
    assert text.endswith("correct horse")


def test_catalog_is_handed_over(tap: Tap, tmp_path: Path) -> None:
    (tmp_path / "catalog.json").write_text('{"streams": []}')

    document = tap.read(
        "issue(str(given('--catalog')))", catalog=tmp_path / "catalog.json"
    ).document

    assert document.key == "issues/{'streams': []}"


def test_record_of_a_deleted_row_removes_its_document(tap: Tap) -> None:
    result = tap.read("issue(1)\nissue(2)\nissue(1, _sdc_deleted_at='2026-03-01T10:00:00Z')")

    assert result.keys == ["issues/2"]
    assert result.batches[0].removed == ("issues/1",)


def test_of_two_records_with_one_key_the_later_counts(tap: Tap) -> None:
    assert tap.read("issue(1)\nissue(1, body='Later.')").document.text == "Later."


def test_unreadable_record_is_a_failure_and_harms_no_other(tap: Tap) -> None:
    result = tap.read(
        "issue(1, body='', title='')\nissue(2)\nsay(type='RECORD', stream='issues', record=3)"
    )

    assert result.keys == ["issues/2"]
    assert [each.key for each in result.failures] == ["issues/1", None]
    assert result.failures[0].reason == "issues line 2: no text"


def test_lines_that_are_no_messages_are_remarked(tap: Tap) -> None:
    result = tap.read("print('Hello')\nissue(1)\nprint('[]')")

    assert result.keys == ["issues/1"]
    assert "2 lines are no Singer messages" in result.batches[-1].remarks


def test_stream_that_does_not_come_is_remarked(tap: Tap) -> None:
    remarks = tap.read("issue(1)", streams={"issue": ISSUES}).batches[-1].remarks

    assert remarks == ("stream 'issue' did not come; there were: issues",)


def test_what_was_written_before_a_failure_is_kept(tap: Tap) -> None:
    tap.path.write_text(
        HEAD + "issue(1)\nsay(type='STATE', value={'a': 1})\n"
        "print('starting', file=sys.stderr)\nsys.exit('no permission for repo')"
    )
    reading = tap.source().read({})

    first = next(reading)
    with pytest.raises(RetryLater) as caught:
        next(reading)

    assert [each.key for each in first.documents] == ["issues/1"]
    assert first.cursor["state"] == {"a": 1}
    assert str(caught.value) == (
        f"source here: {Path(sys.executable).name} ended with 1: no permission for repo"
    )


def test_secret_that_a_tap_complains_of_is_not_repeated(
    tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_TOKEN", "hunter2")

    with pytest.raises(RetryLater, match="refused the token …") as caught:
        tap.read(
            "sys.exit('refused the token ' + given('--config')['token'])",
            config={"token": "env:TAP_TOKEN"},
        )
    assert "hunter2" not in str(caught.value)


def test_program_that_speaks_another_language_breaks_the_source(tmp_path: Path) -> None:
    source = connector("singer", command=["echo", "Hello"], streams={"issues": ISSUES})

    with pytest.raises(SourceBroken, match="no Singer messages"):
        read(source)


def test_program_that_is_not_there_is_named() -> None:
    source = connector("singer", command=["tap-that-is-not-here"], streams={"issues": ISSUES})

    with pytest.raises(InvalidOptions, match="cannot start 'tap-that-is-not-here': No such file"):
        read(source)


def test_tap_is_ended_with_all_it_started_at_the_deadline(tap: Tap, tmp_path: Path) -> None:
    child = tmp_path / "child"
    lines = f"""
import subprocess
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
issue(1)
open({str(child)!r}, "w").write(str(started.pid))
time.sleep(600)
"""
    before = time.monotonic()

    with pytest.raises(RetryLater, match="took longer than timeout_seconds = 3"):
        tap.read(lines, timeout_seconds=3)

    assert time.monotonic() - before < 15
    # A killed process that is not ours to wait for dies a moment after the signal is sent.
    until(lambda: not _runs(int(child.read_text())))


def test_tap_that_does_not_listen_is_ended_too(tap: Tap, tmp_path: Path) -> None:
    lines = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)"

    with pytest.raises(RetryLater, match="took longer"):
        tap.read(lines, timeout_seconds=1)


def test_tap_that_writes_without_end_is_ended(tap: Tap) -> None:
    with pytest.raises(RetryLater, match="wrote more than max_bytes = 100000"):
        tap.read("while True: issue(1, body='x' * 1000)", max_bytes=100_000)


def test_what_a_tap_says_beside_its_output_is_bounded_too(tap: Tap) -> None:
    with pytest.raises(RetryLater, match="wrote more than max_bytes = 100000"):
        tap.read("while True: print('x' * 1000, file=sys.stderr)", max_bytes=100_000)


def test_state_without_bounds_breaks_the_source(tap: Tap) -> None:
    with pytest.raises(SourceBroken, match="its state is larger than"):
        tap.read("say(type='STATE', value='x' * 2_000_000)")


def test_no_tap_outlives_the_program_that_started_it(tap: Tap, tmp_path: Path) -> None:
    started = tmp_path / "started"
    tap.path.write_text(
        HEAD + f"open({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    program = f"""
import threading, time
from pathlib import Path
from connectors.databases.tap import Limits, run
given = dict(folder=Path({str(tmp_path)!r}), environment={{}}, limits=Limits(600, 10**6))
command = [{sys.executable!r}, {str(tap.path)!r}]
threading.Thread(target=run, args=(command,), kwargs=given, daemon=True).start()
while not (Path({str(started)!r}).exists() and Path({str(started)!r}).read_text()):
    time.sleep(0.01)
"""

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    assert _ends(int(started.read_text()))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"command": []}, "option 'command'"),
        ({"streams": {}}, "option 'streams'"),
        ({"streams": {"issues": {}}}, "exactly one of documents and observations"),
        ({"comand": ["x"]}, "unknown option 'comand'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    given = {"command": ["tap"], "streams": {"issues": ISSUES}, **options}

    with pytest.raises(InvalidOptions, match=complaint):
        connector("singer", **given)


def _ends(pid: int) -> bool:
    try:
        psutil.Process(pid).wait(10)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
