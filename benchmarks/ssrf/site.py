"""A public web site on loopback, in HTTP and HTTPS, that answers every host and redirects on
request."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.records import Skipped

BODY = b"public"


class PublicSite:
    """Serves until closed; `redirects` says what a path redirects to, as (status, location)."""

    def __init__(self, folder: Path, tls_hosts: Sequence[str]) -> None:
        self.redirects: dict[str, tuple[int, str]] = {}
        self.authorizations = 0
        """How many requests came with an Authorization header."""
        self.certificate = folder / "site.pem"
        _write_certificate(self.certificate, tls_hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._plain, self._secure = _server(self, None), _server(self, context)

    def address(self, *, is_tls: bool) -> tuple[str, int]:
        server = self._secure if is_tls else self._plain
        return "127.0.0.1", int(server.server_address[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in (self._plain, self._secure):
            server.shutdown()
            server.server_close()


def _server(site: PublicSite, context: ssl.SSLContext | None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.authorizations += "Authorization" in self.headers
            status, location = site.redirects.get(self.path, (200, ""))
            self.send_response(status)
            if location:
                self.send_header("Location", location.encode().decode("latin-1"))
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def _write_certificate(path: Path, hosts: Sequence[str]) -> None:
    """Write a certificate for these names that vouches for itself, with its key.

    Raises:
        Skipped: there is no openssl to make it with.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Skipped("openssl is not installed; the HTTPS site needs a certificate")
    names = ",".join(f"DNS:{host}" for host in hosts)
    form = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subject = ["-subj", "/CN=public site", "-addext", f"subjectAltName={names}"]
    files = ["-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(
        [openssl, "req", "-x509", *form, *subject, *files], check=True, capture_output=True
    )
    with path.open("ab") as file:
        file.write(path.with_suffix(".crt").read_bytes())
