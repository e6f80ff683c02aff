from threading import Event, Thread

from indexer.views.turns import SharedLock

SECONDS = 30.0


def test_readers_share() -> None:
    lock = SharedLock()
    both_in = Event()

    def read() -> None:
        with lock.shared():
            both_in.set()

    with lock.shared():
        Thread(target=read).start()
        assert both_in.wait(SECONDS)


def test_a_writer_waits_for_readers_and_goes_before_new_ones() -> None:
    lock = SharedLock()
    order: list[str] = []
    writer_asked = Event()

    def write() -> None:
        writer_asked.set()
        with lock.exclusive():
            order.append("writer")

    def read() -> None:
        with lock.shared():
            order.append("reader")

    writer, reader = Thread(target=write), Thread(target=read)
    with lock.shared():
        writer.start()
        writer_asked.wait(SECONDS)
        while not lock._writers_waiting:
            pass
        reader.start()
        assert order == []
    writer.join(SECONDS)
    reader.join(SECONDS)

    assert order == ["writer", "reader"]


def test_the_lock_is_free_again_after_a_failure() -> None:
    lock = SharedLock()
    for turn in (lock.exclusive, lock.shared):
        try:
            with turn():
                raise KeyError
        except KeyError:
            pass

    with lock.exclusive():
        pass
