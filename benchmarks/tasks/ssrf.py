"""Can any address, redirect, name or variable make the service connect to where it must not?

Hundreds of forms are given to the fetcher as the service builds it, with `allow_private_addresses`
at its default, on an internet of one machine (`benchmarks/ssrf/internet.py`): only addresses that
were declared public lead to a web site, everything else to a canary that counts who connects. Two
ordinary clients are given the same forms, which shows that the canary can be reached; and addresses
as people write them are to be read, which shows that not simply everything is refused.
"""

import os
import ssl
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import httpx
from pydantic import TypeAdapter, ValidationError

from benchmarks.records import Baseline, Context, Figure
from benchmarks.ssrf.canary import Canary
from benchmarks.ssrf.forms import DEAD, Form, forms
from benchmarks.ssrf.good import NAMES, TLS_HOSTS, good_forms, public_addresses
from benchmarks.ssrf.internet import Internet
from benchmarks.ssrf.site import BODY, PublicSite
from connectors.clock import utc_now
from connectors.errors import ConnectorError, SourceBroken
from connectors.http.urls import web_url
from connectors.location import WebAddress
from grounding.settings import FetchSettings
from grounding.wiring import build_fetcher

NAIVE_SECONDS = 3
SETTLE_SECONDS = 0.5

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of giving forms to a client.

    connections: how many arrived at the canary.
    reached: the forms that made one, by group.
    bodies: what each form was answered at last, None where it failed.
    """

    connections: int
    reached: Mapping[str, int]
    bodies: Sequence[bytes | None]


@dataclass(frozen=True, slots=True)
class World:
    """Where forms are tried."""

    canary: Canary
    site: PublicSite
    internet: Internet


def run(context: Context) -> list[Figure]:
    with _world(context.workspace) as world:
        bad, good = forms(world.canary.port), good_forms()
        context.say(f"{len(bad)} forms, {len(good)} good ones")
        ours = _given(world, bad, _fetched)
        context.say(f"fetcher: {ours.connections} connections at the canary {dict(ours.reached)}")
        fine = _given(world, good, _fetched)
        for form, body in zip(good, fine.bodies, strict=True):
            if body != BODY:
                context.say(f"not read: {form.url} {form.hops or ''}")
        naive = {
            "httpx": _given(world, bad, _with_httpx),
            "urllib": _given(world, bad, _with_urllib),
        }
        for name, result in naive.items():
            context.say(f"{name}: {result.connections}, by form {dict(result.reached)}")
        secrets = _told_from_netrc(world, context.workspace)
    return [
        *_figures(bad, good, ours, fine, naive),
        Figure("passwords of a netrc file sent", secrets, "requests"),
        *_configured(bad, good),
    ]


def _figures(
    bad: Sequence[Form],
    good: Sequence[Form],
    ours: Result,
    fine: Result,
    naive: Mapping[str, Result],
) -> list[Figure]:
    groups = Counter(form.group for form in bad)
    counted = ", ".join(f"{count} {group}" for group, count in groups.items())
    read = sum(body == BODY for body in fine.bodies)
    baselines = [
        Baseline(f"{name}, redirects followed, the same forms", result.connections)
        for name, result in naive.items()
    ]
    return [
        Figure("forms", len(bad), "forms", notes=counted),
        Figure("connections at the canary", ours.connections, "connections", baselines[0]),
        *(
            Figure(f"connections of {name}", result.connections, "connections")
            for name, result in naive.items()
        ),
        *(
            Figure(f"forms that lead {name} astray", sum(result.reached.values()), "forms")
            for name, result in naive.items()
        ),
        Figure("good forms", len(good), "forms"),
        Figure("good forms read", read, f"of {len(good)}"),
        Figure("connections of good forms at the canary", fine.connections, "connections"),
    ]


def _configured(bad: Sequence[Form], good: Sequence[Form]) -> list[Figure]:
    """Compare what a configuration takes for a web address with what the fetcher does."""
    loose = sum(_may_be_configured(form.url) and not _may_be_asked(form.url) for form in bad)
    # A configuration has names and passwords by reference only.
    strict = sum(not _may_be_configured(f.url) for f in good if "@example.org" not in f.url)
    return [
        Figure("urls that may be configured and never be read", loose, "forms"),
        Figure("good forms that may not be configured", strict, "forms"),
    ]


def _may_be_configured(url: str) -> bool:
    try:
        TypeAdapter(WebAddress).validate_python(url)
    except ValidationError:
        return False
    return True


def _may_be_asked(url: str) -> bool:
    try:
        web_url(url)
    except SourceBroken:
        return False
    return True


def _told_from_netrc(world: World, folder: Path) -> int:
    """Return how many requests carried what a netrc file says."""
    netrc = folder / "netrc"
    netrc.write_text("machine example.org login ann password s3cret\n")
    netrc.chmod(0o600)
    form = Form("netrc", "http://example.org/", NAMES, environment={"NETRC": str(netrc)})
    before = world.site.authorizations
    _given(world, [form], _fetched)
    return world.site.authorizations - before


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    with Canary() as canary, PublicSite(folder, TLS_HOSTS) as site:
        trusted = {"SSL_CERT_FILE": str(site.certificate)}
        internet = Internet(canary, site, public=public_addresses())
        with internet, patch.dict(os.environ, trusted):
            yield World(canary, site, internet)


@contextmanager
def _in_place(world: World, form: Form) -> Iterator[None]:
    """Have names, redirects and variables as the form wants them."""
    world.internet.tell(form.names, dead=[DEAD])
    paths = ["/start", *(f"/hop-{number}" for number in range(1, len(form.hops)))]
    world.site.redirects = dict(zip(paths, form.hops, strict=False))
    with patch.dict(os.environ, form.environment):
        yield


def _given(world: World, tried: Sequence[Form], client: Callable[[], Read]) -> Result:
    before, reached = world.canary.connections, Counter[str]()
    bodies = []
    for form in tried:
        connected = len(world.internet.forbidden)
        with _in_place(world, form):
            read, body = client(), None
            for _ in range(form.asked):
                body = read(form.url) or None
        bodies.append(body)
        reached[form.group] += len(world.internet.forbidden) > connected
    time.sleep(SETTLE_SECONDS)  # the canary counts in threads of its own
    return Result(world.canary.connections - before, +reached, bodies)


def _fetched() -> Read:
    fetcher = build_fetcher(FetchSettings(), utc_now)

    def read(url: str) -> bytes:
        with suppress(ConnectorError):
            return fetcher.fetch(url).body
        return b""

    return read


def _with_httpx() -> Read:
    def read(url: str) -> bytes:
        # Whatever it raises, only the canary counts.
        with (
            suppress(Exception),
            httpx.Client(follow_redirects=True, timeout=NAIVE_SECONDS) as http,
        ):
            return http.get(url).content
        return b""

    return read


def _with_urllib() -> Read:
    context = ssl.create_default_context()

    def read(url: str) -> bytes:
        with (
            suppress(Exception),
            urllib.request.urlopen(url, timeout=NAIVE_SECONDS, context=context) as reply,
        ):
            content: bytes = reply.read()
            return content
        return b""

    return read
