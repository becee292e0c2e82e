"""The log: one line an event on standard error, JSON for machines, columns for a terminal.

Every line names the socket or request it belongs to (`id`, sync/trace.py), whoever wrote it: the engine through
`logging`, the product through structlog. A person's words, addresses and secrets are kept out where they could come in
by themselves: an exception is told by its frames and its type, its message only where it is of a kind whose messages we
make; what a library says ends with its first line.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Literal, TextIO

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.types import EventDict, ExcInfo, Processor, WrappedLogger

from api.errors import Problem
from api.settings import Settings
from sync.errors import SyncError
from sync.store import StoreUnavailable
from sync.trace import trace
from sync.workers import RaisedInChild

OURS = ("carnet", "sync", "api")
MESSAGE_LENGTH_MAX = 500
TOLD = (SyncError, Problem, StoreUnavailable, DBAPIError, OSError, AssertionError)
"""Exceptions whose message may be told: ours, and those that say what a machine did (statements hide their values)."""

Form = Literal["json", "text"]


def configure_logs(settings: Settings, stream: TextIO = sys.stderr) -> None:
    """Send everything to `stream`: our own events at the level of the settings, of libraries what is a warning."""
    form: Form = settings.log_form or ("text" if stream.isatty() else "json")
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared, _first_line],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(tell),
            *_renderers(form),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level.upper())
    logging.raiseExceptions = False  # of a disk that is full for the log nobody is told on the same disk
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderers(form: Form) -> list[Processor]:
    if form == "json":
        order = ("timestamp", "level", "logger", "event", "id")
        return [_ordered(order), structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


def _ordered(first: tuple[str, ...]) -> Processor:
    def order(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {**{name: event[name] for name in first if name in event}, **event}

    return order


def _add_trace(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if (known := trace.get()) and "id" not in event:
        event["id"] = known
    return event


def _first_line(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """What asyncio says of a lost task goes on with the task's representation, and that with its error's message."""
    name = str(event.get("logger", "")).partition(".")[0]
    if name not in OURS:
        event["event"] = str(event["event"]).partition("\n")[0][:MESSAGE_LENGTH_MAX]
    return event


def tell(exc_info: ExcInfo) -> str:
    """An exception and what led to it, innermost cause first: frames and types, and messages that may be told."""
    chain = reversed(list(chain_of(exc_info[1])))
    return "\n".join(_told(error) for error in chain)


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, those of its group, and what each of them came from."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from chain_of(one)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, RaisedInChild):
        return f"In a worker:\n{error}"
    where = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
    message = str(error).partition("\n")[0][:MESSAGE_LENGTH_MAX] if isinstance(error, TOLD) else ""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return "\n".join(["Traceback (most recent call last):", *where, f"{name}: {message}" if message else name])
