"""A proxy that sources are read through, if one is configured: it resolves names and connects.

So it is the proxy that decides which hosts can be reached. Only addresses that are written as
numbers are judged here, in all the forms that resolvers still understand.
"""

import socket
from ipaddress import ip_address

import httpcore
import httpx

from connectors.errors import InvalidOptions, SourceBroken
from connectors.http.addresses import Address, is_public
from connectors.http.urls import masked_url


def proxy_of(proxy: str) -> httpcore.Proxy:
    """Read `http://host:port`, with a name and a password where the proxy wants them.

    Raises:
        InvalidOptions: it is none; the message does not show it.
    """
    try:
        url = httpx.URL(proxy)
    except httpx.InvalidURL as error:
        raise InvalidOptions("[fetch] proxy cannot be read; expected http://host:port") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidOptions("[fetch] proxy: expected http://host:port or https://host:port")
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/")
    is_encrypted = url.scheme == "https"
    return httpcore.Proxy(
        target,
        auth=(url.username, url.password) if url.userinfo else None,
        ssl_context=httpx.create_ssl_context() if is_encrypted else None,
    )


def require_public_number(url: httpx.URL) -> None:
    """Refuse a host that is written as an address and is not public.

    Raises:
        SourceBroken: it is such a host.
    """
    address = _number(url.host)
    if address is not None and not is_public(address):
        raise SourceBroken(
            f"{masked_url(url)}: {url.host} is not a public address, and no proxy is asked for it"
        )


def _number(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(host.rstrip(".")))  # 0x7f.1, 2130706433
    except (OSError, ValueError):
        return None
