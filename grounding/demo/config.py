"""The demonstration's `grounding.toml`: four sources, real schedules, one folder."""

import json
from pathlib import Path

from grounding.demo import llm, world
from grounding.demo.site import Site

TEMPLATE = """\
# Written by `grounding demo`: a complete configuration on loopback sources.

[database]
url = {database}

[index]
directory = {index}

[server]
host = "127.0.0.1"
port = {port}

[fetch]
contact = "mailto:demo@example.com"
allow_private_addresses = true  # the demonstration's sources are on this machine
{upstream}
[[sources]]
name = "courier"
kind = "feed"
url = {news}
schedule = "every 1s"
warn_after = "10s"
error_after = "1m"
collection = "news"

[[sources]]
name = "electricity"
kind = "csv"
url = {prices}
time = "time"
schedule = "every 1s"
warn_after = "10s"
error_after = "1m"
collection = "prices"

[[sources.values]]
column = "price"
key = "halden-spot"
title = "Halden spot price of electricity"
unit = "EUR per MWh"
cadence = "hourly"

[[sources]]
name = "handbook"
kind = "files"
path = {pages}
schedule = "every 1s"
warn_after = "10s"
error_after = "1m"
collection = "docs"

[[sources]]
name = "weather"
kind = "json"
url = {weather}
semantics = "snapshot"
items = "bulletins"
schedule = "every 1s"
warn_after = "10s"
error_after = "1m"
collection = "weather"

[sources.documents]
key = "id"
title = "headline"
text = "text"
published_at = "issued"
valid_from = "issued"
valid_until = "until"
"""


UPSTREAM = """
[[upstreams]]
name = {name}
base_url = {url}
context_tokens = {context_tokens}
"""


def demo_toml(folder: Path, *, port: int, site: Site, llm_url: str | None = None) -> str:
    texts = {
        "database": f"sqlite:///{folder / 'grounding.db'}",
        "index": str(folder / "index"),
        "pages": str(folder / "pages"),
        "news": site.url(world.NEWS),
        "prices": site.url(world.PRICES),
        "weather": site.url(world.WEATHER),
    }
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
    upstream = ""
    if llm_url is not None:
        upstream = UPSTREAM.format(
            name=json.dumps(llm.NAME), url=json.dumps(llm_url), context_tokens=llm.CONTEXT_TOKENS
        )
    return TEMPLATE.format(port=port, upstream=upstream, **quoted)
