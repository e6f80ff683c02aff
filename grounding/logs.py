"""Logging for the service: one line an event, readable on a terminal, JSON elsewhere."""

import logging
import sys

import structlog

_NOISY = (
    "alembic",
    "apscheduler",
    "faiss",
    "h2",
    "hpack",  # writes down every header that is sent
    "httpcore",
    "httpx",
    "protego",
    "sentence_transformers",
    "uvicorn",
)


def configure(*, level: str = "INFO", as_json: bool | None = None) -> None:
    """Send every logger's events to standard error; `as_json` None decides by the terminal."""
    is_json = not sys.stderr.isatty() if as_json is None else as_json
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
