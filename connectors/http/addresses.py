"""Which addresses may be read: those on the public internet, and never those that give secrets.

The lists follow IANA's registries of special addresses; the clouds' own are from their manuals.
Python's `is_global` knows most of them, but not the same ones in every release.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_UNICAST = IPv6Network("2000::/3")  # all of the public IPv6 internet so far
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_IN_LAST_BITS = (
    _NAT64,
    IPv6Network("::/96"),  # IPv4-compatible
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # bits 64 to 95, before the IPv4 address
# Clouds tell whoever asks there a machine's credentials, also where private addresses are read.
_METADATA: tuple[Network, ...] = (
    IPv4Network("169.254.0.0/16"),
    IPv4Network("100.100.100.200/32"),  # Alibaba
    IPv4Network("168.63.129.16/32"),  # Azure, at an address that is public elsewhere
    IPv4Network("192.0.0.192/32"),  # Oracle
    IPv6Network("fd00:ec2::/32"),  # Amazon
    IPv6Network("fd20:ce::254/128"),  # Google
    IPv6Network("fe80::/10"),
)
_SPECIAL: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # relays to 6to4, withdrawn
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("3fff::/20"),  # documentation
)


def is_public(address: Address) -> bool:
    """Tell whether `address`, and every IPv4 address embedded in it, is on the public internet."""
    return all(_is_public_itself(each) for each in _destinations(address))


def gives_secrets(address: Address) -> bool:
    """Tell whether a cloud may serve credentials there, or at an IPv4 address embedded in it."""
    return any(_is_in(_METADATA, each) for each in (address, *_embedded(address)))


def _is_public_itself(address: Address) -> bool:
    if _is_in(_METADATA, address) or _is_in(_SPECIAL, address):
        return False
    if isinstance(address, IPv6Address):
        # NAT64 is how an IPv6-only network reaches the public IPv4 internet.
        return address in _NAT64 or (address in _UNICAST and address.is_global)
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _destinations(address: Address) -> Iterator[Address]:
    """Find every address that a packet to `address` may end up at."""
    is_mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    if not is_mapped:  # such an address is sent as IPv4 and never as itself
        yield address
    yield from _embedded(address)


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """Find the IPv4 addresses a packet to this IPv6 address may end up at."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    has_last_bits = any(address in network for network in _IPV4_IN_LAST_BITS)
    if has_last_bits or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _is_in(networks: tuple[Network, ...], address: Address) -> bool:
    return any(address.version == each.version and address in each for each in networks)
