"""Links to web pages as they are shown: without the parameters that only tell who follows them.

Nothing else of a link is touched: not the order or spelling of other parameters, not its port,
path or fragment. Parameters that mean something on some sites (`ref`, `source`, `id`) stay.
"""

import re
from urllib.parse import urlsplit

_PREFIXES = (
    "utm_", "_utm", "mtm_", "matomo_", "piwik_", "pk_campaign", "pk_kwd", "pk_source", "pk_medium",
    "pk_content", "pk_cid", "hsa_", "__hs", "oly_", "vero_", "ga_source", "ga_medium",
    "ga_campaign", "ga_term", "ga_content", "at_medium", "at_campaign", "at_custom", "itm_source",
    "itm_medium", "itm_campaign", "sc_cmp", "wt_mc", "wt.mc", "trk_", "mkt_tok", "rb_clickid",
)  # fmt: skip
_NAMES = frozenset(
    {
        "_ga", "_gl", "_hsenc", "_hsmi", "_kx", "_openstat", "cmpid", "dclid", "epik",
        "fb_action_ids", "fb_action_types", "fb_ref", "fb_source", "fbclid", "gad_campaignid",
        "gad_source", "gbraid", "gclid", "gclsrc", "guccounter", "guce_referrer",
        "guce_referrer_sig", "hsctatracking", "icid", "igsh", "igshid", "irclickid",
        "li_fat_id", "mc_cid", "mc_eid", "mibextid", "ml_subscriber", "ml_subscriber_hash",
        "msclkid", "ns_campaign", "ns_mchannel", "ns_source", "rss_id", "s_kwcid",
        "sc_campaign", "sc_channel", "sc_content", "sc_medium", "sc_outcome", "share_id",
        "sr_share", "srsltid", "ttclid", "twclid", "wbraid", "wickedid", "xtor", "yclid",
        "ysclid", "zanpid",
    }
)  # fmt: skip
_ALIASES = re.compile(r"(?:www|m|mobile|amp)\.(?=[^.]+\.)")


def without_tracking(link: str) -> str:
    """Return `link` without tracking parameters in its query, or in a fragment made of them."""
    before, hash_mark, fragment = link.partition("#")
    address, _, query = before.partition("?")
    kept = [each for each in query.split("&") if not _is_tracking(each)]
    if len(kept) < query.count("&") + 1:
        before = f"{address}?{'&'.join(kept)}" if any(kept) else address
    is_tracking = bool(fragment) and all(map(_is_tracking, fragment.split("&")))
    return before if is_tracking else f"{before}{hash_mark}{fragment}"


def is_same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are of one host and port, `www.`, `m.` and `amp.` aside."""
    return site_of(one) == site_of(other) != ""


def site_of(address: str) -> str:
    """Return the host, and a port that is not the usual one; "" where it cannot be read."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    host = _ALIASES.sub("", (parts.hostname or "").rstrip("."), count=1)
    return host if port in (None, 80, 443) else f"{host}:{port}"


def _is_tracking(parameter: str) -> bool:
    name, equals, _ = parameter.partition("=")
    name = name.lower().removeprefix("amp;")
    return bool(equals) and (name in _NAMES or name.startswith(_PREFIXES))
