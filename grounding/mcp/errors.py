"""What a tool refuses by itself; what the service refuses is a `GroundingError`."""


class InvalidInput(ValueError):
    """The string that a tool was called with cannot be used; the message says what was expected."""
