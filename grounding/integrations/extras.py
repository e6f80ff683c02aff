"""What to say where a framework is not installed."""


def missing(error: ModuleNotFoundError, *, module: str, extra: str) -> ImportError:
    """Say which extra brings the module; another module that is missing is told as it is."""
    if error.name is None or error.name.partition(".")[0] != module:
        return error
    return ImportError(f"{module} is not installed: pip install 'grounding[{extra}]'")
