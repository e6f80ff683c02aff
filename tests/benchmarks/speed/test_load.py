import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.speed.client import Connection, Refused, search_body
from benchmarks.speed.load import Order, served


class Handler(BaseHTTPRequestHandler):
    """Answers a number with itself, but the first time with 503, and a negative one with 422."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        number = json.loads(body)["number"]
        assert isinstance(self.server, Server)
        with self.server.lock:
            self.server.asked[number] += 1
            is_first = self.server.asked[number] == 1
        busy = number == 7 and is_first
        self.send_response(503 if busy else 422 if number < 0 else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[int] = Counter()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_body_is_sent_and_answered_once(server: Server) -> None:
    done = served(Order(server.url, "/", [{"number": n} for n in range(20, 120)], callers=16))

    assert len(done.seconds) == 100
    assert set(server.asked.values()) == {1}
    assert (done.refused, done.failed) == (0, {})
    assert done.a_second == pytest.approx(100 / done.wall_seconds)


def test_a_caller_who_is_told_to_come_back_does_and_an_error_is_no_answer(server: Server) -> None:
    done = served(Order(server.url, "/", [{"number": 7}, {"number": -1}, {"number": 8}], callers=1))

    assert len(done.seconds) == 2
    assert done.refused == 1
    assert done.failed == {"422": 1}
    assert server.asked == {7: 2, -1: 1, 8: 1}


def test_bodies_fall_due_at_even_intervals(server: Server) -> None:
    bodies = [{"number": n} for n in range(20, 30)]

    done = served(Order(server.url, "/", bodies, callers=4, a_second=20))

    assert len(done.seconds) == 10
    assert done.wall_seconds >= 9 / 20


def test_a_connection_is_kept_and_errors_are_told(server: Server) -> None:
    with Connection(server.url) as connection:
        assert connection.reply("/", {"number": 20}) == {"number": 20}
        with pytest.raises(Refused, match=r"^422"):
            connection.post("/", {"number": -1})
        assert connection.reply("/", {"number": 21}) == {"number": 21}


def test_a_search_asks_for_ten_results() -> None:
    assert search_body("What?", min_seq=3) == {"query": "What?", "max_results": 10, "min_seq": 3}
