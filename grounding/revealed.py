"""Secrets in settings: what is behind a reference to one."""

from connectors.errors import InvalidOptions
from connectors.secrets import reveal
from grounding.errors import InvalidSettings


def followed(value: str | None, setting: str) -> str | None:
    """Return a secret, or what is behind a reference to it.

    Raises:
        InvalidSettings: there is nothing; `setting` is named.
    """
    if value is None:
        return None
    try:
        return reveal(value, option=setting)
    except InvalidOptions as error:
        raise InvalidSettings(str(error)) from error
