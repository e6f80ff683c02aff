from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from indexer.caller import Caller, asked_by, present_caller, require_caller
from indexer.errors import CallerLeft


def test_what_nobody_in_particular_asked_for_goes_on() -> None:
    require_caller()


def test_work_for_a_caller_goes_on_until_they_leave() -> None:
    caller = Caller()

    with asked_by(caller):
        require_caller()
        caller.leave()
        with pytest.raises(CallerLeft):
            require_caller()
    require_caller()


def test_a_caller_travels_with_the_context_into_a_thread() -> None:
    caller = Caller()

    with asked_by(caller), ThreadPoolExecutor(1) as pool:
        found = pool.submit(copy_context().run, present_caller).result()

    assert found is caller
