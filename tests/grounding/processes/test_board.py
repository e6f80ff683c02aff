import multiprocessing

from grounding.processes.board import Board, Seat


def say(seat: Seat, text: bytes) -> None:
    seat.say(text)


def test_every_process_reads_what_the_others_said_last() -> None:
    board = Board.of(3)
    board.say(1, b"one")
    board.say(2, b"a long first word")
    board.say(2, b"two")

    assert board.said_beside(1) == {2: b"two"}
    assert board.said_beside(3) == {1: b"one", 2: b"two"}


def test_who_says_nothing_any_more_is_not_told_of() -> None:
    board = Board.of(2)
    board.say(2, b"two")
    board.say(2, b"")

    assert board.said_beside(1) == {}


def test_what_a_spawned_process_says_is_read_here() -> None:
    board = Board.of(2)
    spawned = multiprocessing.get_context("spawn").Process(
        target=say, args=(Seat(2, board), b"from elsewhere")
    )

    spawned.start()
    spawned.join(60)

    assert spawned.exitcode == 0
    assert board.said_beside(1) == {2: b"from elsewhere"}
