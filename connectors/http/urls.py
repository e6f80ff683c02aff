"""URLs: which may be asked, where a redirect leads, who may be told secrets, what may be shown."""

import re

import httpx

from connectors.errors import SourceBroken

_HOST = re.compile(rb"[0-9A-Za-z._-]+|[0-9A-Fa-f:.]+")


def masked_url(url: str | httpx.URL) -> str:
    """Make `url` fit to show: any query value may be a secret, whatever its name."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "an unreadable url"
    userinfo = "***@" if parsed.userinfo else ""
    names = [name for name, _ in parsed.params.multi_items()]
    query = "?" + "&".join(f"{name}=***" for name in names) if names else ""
    return f"{parsed.scheme}://{userinfo}{parsed.netloc.decode()}{parsed.path}{query}"


def web_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise SourceBroken("its url cannot be read; expected https://host/path") from error
    # Not `host`, which is decoded: it cannot be had of names that newer rules for IDNA forbid.
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise SourceBroken(f"{masked_url(url)}: expected a url with http:// or https:// and a host")
    if not _HOST.fullmatch(url.raw_host):
        raise SourceBroken(f"{masked_url(url)}: its host name cannot be read")
    if not 0 < (url.port or 80) < 65536:
        raise SourceBroken(f"{masked_url(url)}: port {url.port} is not between 1 and 65535")
    return url


def redirect_target(url: httpx.URL, location: str) -> httpx.URL:
    if not location:
        raise SourceBroken(f"{masked_url(url)}: redirects without saying where")
    try:
        return web_url(str(url.join(location)))
    except httpx.InvalidURL as error:
        raise SourceBroken(f"{masked_url(url)}: redirects to an unreadable url") from error


def is_same_origin(start: httpx.URL, hop: httpx.URL) -> bool:
    """Tell whether secrets meant for `start` may go to `hop`: the same server, not less safely."""
    if start.raw_host != hop.raw_host:
        return False
    is_upgraded = (start.scheme, start.port, hop.scheme, hop.port) == ("http", None, "https", None)
    return is_upgraded or (start.scheme, start.port) == (hop.scheme, hop.port)
