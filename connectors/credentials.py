"""Which names are those of credentials, whose values are never written down or shown."""

import re

_WORD_BOUNDARY = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_CREDENTIALS = frozenset(
    {"appid", "authorization", "bearer", "cookie", "credential", "credentials", "passphrase",
     "passwd", "password", "pwd", "secret", "sig", "signature", "token"}
)  # fmt: skip
_ENDINGS = ("apikey", "accesskey", "authkey", "cookie", "password", "secret", "token")
_WHOSE_KEY = frozenset(
    {"access", "account", "api", "app", "auth", "client", "consumer", "license", "private",
     "secret", "service", "subscription", "x"}
)  # fmt: skip
# Tokens that say where to go on, not who asks.
_PLACES = frozenset({"after", "continuation", "cursor", "next", "page", "start"})
# What services publish for everybody to try them with.
_PUBLIC = frozenset({"demo", "demo_key", "demo-key"})


def names_credential(name: str) -> bool:
    """Tell whether what is called `name` is a credential: a header, parameter or option."""
    words = [word.lower() for word in _WORD_BOUNDARY.split(name) if word]
    if not words or _PLACES & set(words[:-1]):
        return False
    if words[-1] == "key":
        return len(words) == 1 or words[-2] in _WHOSE_KEY
    is_named = bool(_CREDENTIALS & set(words)) or words == ["auth"]
    return is_named or "".join(words).endswith(_ENDINGS)


def is_public(value: str) -> bool:
    """Tell whether `value` is a key that everybody may use."""
    return value.lower() in _PUBLIC
