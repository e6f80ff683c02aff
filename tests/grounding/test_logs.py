"""How the service logs, seen from outside: configuring it changes the whole process."""

import json
import subprocess
import sys


def logged(code: str, **arguments: object) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    program = f"import logging\nfrom grounding import logs\nlogs.configure({given})\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == ""
    return done.stderr


def test_events_are_json_where_nobody_watches() -> None:
    (line,) = logged(
        "logging.getLogger('indexer.worker').info('source read', extra={'source': 'a', 'new': 3})"
    ).splitlines()

    event = json.loads(line)

    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "source read",
        "level": "info",
        "logger": "indexer.worker",
        "source": "a",
        "new": 3,
    }


def test_failure_carries_its_traceback_in_one_line() -> None:
    (line,) = logged(
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('broken')"
    ).splitlines()

    assert "ZeroDivisionError" in json.loads(line)["exception"]


def test_level_and_form_can_be_chosen() -> None:
    text = logged(
        "logging.debug('seen')\nlogging.info('unseen %s', 1)", level="DEBUG", as_json=False
    )

    assert "seen" in text
    assert "unseen 1" in text
    assert not text.startswith("{")


def test_noisy_libraries_speak_from_warning_on() -> None:
    text = logged(
        "for name in ('httpx', 'uvicorn.error', 'apscheduler.scheduler', 'alembic.runtime'):\n"
        "    logging.getLogger(name).info('noise')\n    logging.getLogger(name).warning('kept')"
    )

    assert "noise" not in text
    assert text.count("kept") == 4


def test_configuring_again_does_not_double_events() -> None:
    assert len(logged("logs.configure()\nlogging.info('once')").splitlines()) == 1


def test_headers_that_are_sent_are_in_no_log() -> None:
    text = logged(
        "logging.debug('seen')\nimport hpack\nhpack.Encoder().encode([('x-api-key', 'hunter2')])",
        level="DEBUG",
    )

    assert "seen" in text
    assert "hunter2" not in text
