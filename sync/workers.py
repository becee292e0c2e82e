"""Child processes for work on bytes that nobody vouches for: each call has a time and a memory limit.

    parent  -- length • pickle(seconds, function, args) ->  child       its stdin, whose end is the child's end
    parent  <- length • kind • pickle(what came of it) ---  child       its stdout

A call that hangs, crashes or runs out of memory costs its child, and nobody else notices. It is repeated once, in a
fresh process beside the pool and with ten times the time, for a busy machine or a hungry neighbour may have been the
reason; the pool goes on with other documents meanwhile. What dies again is counted against its document, and a document
that has ended too many processes is touched by none, until somebody has looked which part of it is sound
(sync/quarantine.py) and says so: `forgive`.

Not `anyio.to_process`: that imports the parent's main module (for us the whole web server) into each child, keeps its
children until the event loop ends, and hides how one died.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeVar, TypeVarTuple

import anyio

from sync import documents
from sync.errors import Overload, SyncError
from sync.limits import MIB, Limits

R = TypeVar("R")
Args = TypeVarTuple("Args")

REPEAT_SECONDS_FACTOR = 10
ORPHAN_SECONDS = 1.0
"""How long past its time a call may go on in a child whose parent was killed."""
ENVIRONMENT = ("LD_LIBRARY_PATH", "PYTHONHOME")
"""What a child needs to start. Secrets stay out of reach of whatever hostile bytes may do to it."""

START_SECONDS_MAX = 60.0
READY = b"ready"
REQUEST, REPLY = struct.Struct("!I"), struct.Struct("!IB")
RETURNED, REFUSED, RAISED = range(3)

log = logging.getLogger(__name__)


class WorkerFailed(Overload):
    """The work was not done: its process died or hung twice, or its function raised what it never should."""


class Quarantined(WorkerFailed):
    """The document has ended too many worker processes; none touches it any more."""


class _Died(Exception):
    """A child ended, or had to be ended, in the middle of a call."""


class _TimedOut(_Died):
    """It was still at it when its time was over."""


class RaisedInChild(Exception):
    """The child's traceback, as the cause of what is raised here."""


class Workers:
    """A pool of as many children as there are cores: `start`, then `run`, then `close`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._size = os.cpu_count() or 1
        self._pool = asyncio.Semaphore(self._size)
        self._beside = asyncio.Semaphore(1)
        self._idle: list[_Child] = []
        self._nursery: _Child | None = None  # forks a fresh child for each call; has touched no document itself
        self._busy: set[_Child] = set()
        self._deaths: dict[str, int] = {}
        self._deaths_max = self._limits.worker_deaths_before_quarantine
        self._seconds_patient = self._limits.worker_seconds_max * REPEAT_SECONDS_FACTOR
        self._died = 0
        self._closed = False

    @property
    def deaths(self) -> int:
        """How many were counted against documents so far."""
        return self._died

    @property
    def suspects(self) -> list[str]:
        """Documents that have ended too many processes."""
        return [name for name, deaths in self._deaths.items() if deaths >= self._deaths_max and name]

    @property
    def quarantined(self) -> int:
        """How many documents no child touches any more."""
        return sum(deaths >= self._limits.worker_deaths_before_quarantine for deaths in self._deaths.values())

    async def start(self) -> None:
        """Have every child ready, with the document library loaded, before anyone waits for it."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._size):
                tasks.create_task(self.run("", documents.fold, None, ()))

    async def close(self) -> None:
        """End every child; calls still running fail."""
        self._closed = True
        for child in self._busy:
            child.kill()
        for _ in range(self._size):
            await self._pool.acquire()
        await self._beside.acquire()
        while self._idle:
            await self._idle.pop().end()
        if self._nursery:
            await self._nursery.end()

    async def run(self, name: str, function: Callable[[*Args], R], *args: *Args) -> R:
        """`function(*args)` in a child, on behalf of the document `name`.

        The function is one of a module, its arguments and its value plain data: dataclasses, bytes, tuples, dicts.
        Raises what SyncError the function raises; `Quarantined`, without having tried; `WorkerFailed`. Cancelled, it
        kills the child.
        """
        try:
            kind, result = await self._in_pool(name, function, args)
        except _Died as first:
            log.warning("%s of %s: %s; trying again", function.__name__, name, first)
            kind, result = await self._beside_it(name, first, function, args)
        return self._answered(function, kind, result)  # type: ignore[no-any-return]

    async def apart(self, name: str, function: Callable[[*Args], R], *args: *Args) -> R:
        """`run`, in a process that has seen no other document and sees no other after it. Nobody waits: it has time."""
        try:
            kind, result = await self._in_fresh(name, self._seconds_patient, function, args)
        except _Died as first:
            log.warning("%s of %s: %s; trying again", function.__name__, name, first)
            kind, result = await self._beside_it(name, first, function, args)
        return self._answered(function, kind, result)  # type: ignore[no-any-return]

    async def survives(self, seconds: float, function: Callable[[*Args], None], *args: *Args) -> bool:
        """Whether a fresh process comes to its end in time and the function has nothing against it. Counted nowhere."""
        try:
            kind, _ = await self._in_fresh("", seconds, function, args)
        except _Died:
            return False
        return kind == RETURNED

    def forgive(self, name: str) -> None:
        """What the document did to processes so far no longer counts."""
        self._deaths.pop(name, None)

    def _answered(self, function: Callable[..., Any], kind: int, result: Any) -> Any:
        if kind == REFUSED:
            raise result
        if kind == RAISED:
            raise WorkerFailed(f"{function.__name__} failed") from RaisedInChild(result)
        return result

    def _turn_away(self, name: str) -> None:
        if self._closed:
            raise WorkerFailed("the workers are closed")
        if self._deaths.get(name, 0) >= self._deaths_max:
            raise Quarantined(f"{name} has ended too many processes")

    async def _in_pool(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[int, Any]:
        self._turn_away(name)
        async with self._pool:
            self._turn_away(name)
            while self._idle and not self._idle[-1].alive:
                await self._idle.pop().end()
            child = self._idle.pop() if self._idle else await self._spawn()
            answer = await self._ask(child, self._limits.worker_seconds_max, function, args)
            self._idle.append(child)
            return answer

    async def _in_fresh(
        self, name: str, seconds: float, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> tuple[int, Any]:
        self._turn_away(name)
        async with self._beside:
            self._turn_away(name)
            if self._nursery is None or not self._nursery.alive:
                self._nursery = await self._spawn(forking=True)
            return await self._ask(self._nursery, seconds, function, args)

    async def _beside_it(
        self, name: str, first: _Died, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> tuple[int, Any]:
        """Once more, one at a time. A first time-out never counts, a first crash does if this try dies as well."""
        try:
            return await self._in_fresh(name, self._seconds_patient, function, args)
        except _Died as second:
            counted = 1 if isinstance(first, _TimedOut) else 2
            self._deaths[name] = self._deaths.get(name, 0) + counted
            self._died += counted
            log.error("%s of %s: %s again", function.__name__, name, second)
            ended_too_many = self._deaths[name] >= self._deaths_max
            failure = Quarantined if ended_too_many else WorkerFailed
            raise failure(f"{function.__name__} of {name}: {second}") from second

    async def _spawn(self, *, forking: bool = False) -> _Child:
        try:
            return await _Child.spawn(self._limits.worker_memory_bytes_max, forking=forking)
        except (OSError, EOFError, TimeoutError) as error:
            raise WorkerFailed("no process can be started") from error

    async def _ask(
        self, child: _Child, seconds: float, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> tuple[int, Any]:
        """One call. A child that did not come to its end, for whatever reason, is ended."""
        self._busy.add(child)
        if self._closed:
            child.kill()
        done = False
        try:
            async with asyncio.timeout(seconds):
                answer = await child.ask(seconds, function, args)
            done = True
            return answer
        except TimeoutError:
            raise _TimedOut(f"not done within {seconds:g} s") from None
        finally:
            self._busy.discard(child)
            if not done:
                with anyio.CancelScope(shield=True):
                    await child.end()


@dataclass(frozen=True, slots=True, eq=False)
class _Child:
    """The parent's end of one child."""

    process: Process

    @classmethod
    async def spawn(cls, memory_bytes_max: int, *, forking: bool) -> _Child:
        serving = f"serve({memory_bytes_max}, forking={forking})"
        life = f"import sys; sys.path[:] = {sys.path!r}; from sync.workers import serve; {serving}"
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        child = cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", life, stdin=PIPE, stdout=PIPE, env=environment, limit=MIB, start_new_session=True
            )
        )
        assert child.process.stdout
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                await child.process.stdout.readexactly(len(READY))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await child.end()
            raise
        return child

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def ask(self, seconds: float, function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[int, Any]:
        request = pickle.dumps((seconds, function, args), pickle.HIGHEST_PROTOCOL)
        packages = {"sync", str(function.__module__).split(".")[0]}
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        try:
            stdin.write(REQUEST.pack(len(request)) + request)
            await stdin.drain()
            length, kind = REPLY.unpack(await stdout.readexactly(REPLY.size))
            return kind, _PlainUnpickler(await stdout.readexactly(length), packages).load()
        except (asyncio.IncompleteReadError, ConnectionError):
            raise _Died(_how_it_ended(await self.process.wait())) from None
        except (pickle.UnpicklingError, EOFError) as error:
            raise _Died(f"answered with what is not plain data: {error}") from error

    def kill(self) -> None:
        """It, and what it has forked."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill it and leave nothing of it in the event loop."""
        assert self.process.stdin
        assert self.process.stdout
        self.kill()
        self.process.stdin.close()
        await self.process.stdout.read()
        await self.process.wait()


class _PlainUnpickler(pickle.Unpickler):
    """A child may be in the hands of hostile bytes: what it answers makes records here and calls no function."""

    def __init__(self, answer: bytes, packages: set[str]) -> None:
        super().__init__(BytesIO(answer))
        self._packages = packages

    def find_class(self, module: str, name: str) -> Any:
        """Only classes of these packages, as far as they are loaded, and arrays."""
        if (module, name) in {("array", "_array_reconstructor"), ("array", "array")}:
            return super().find_class(module, name)
        found = getattr(sys.modules[module], name, None) if module in sys.modules else None
        if isinstance(found, type) and module.split(".")[0] in self._packages:
            return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _how_it_ended(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


# --- in the child ---


def serve(memory_bytes_max: int, *, forking: bool) -> None:
    """The life of a child: one call after another, until the pipe from its parent ends.

    With `forking` each call is another process's, which ends with it; should it die, so do we, in the same way.

    It takes no part in the signals of a terminal or a service manager: the parent still needs it while it drains.
    """
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # nothing printed gets among the replies, nor somebody's words from a panic into a log
        os.dup2(nowhere, stream)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # nor into a core file
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = memory_bytes_max if hard == resource.RLIM_INFINITY else min(memory_bytes_max, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    replies.write(READY)
    replies.flush()
    while header := requests.read(REQUEST.size):
        request = requests.read(*REQUEST.unpack(header))
        if forking and (forked := os.fork()):
            _share_the_end_of(forked)
            continue
        kind, answer = _answer(request)
        replies.write(REPLY.pack(len(answer), kind) + answer)
        replies.flush()
        if forking:
            os._exit(0)


def _share_the_end_of(forked: int) -> None:
    _, status = os.waitpid(forked, 0)
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    elif code := os.WEXITSTATUS(status):
        os._exit(code)


def _answer(request: bytes) -> tuple[int, bytes]:
    """What is no Exception (a panic of the library is not) ends the child, as does want of memory.

    The timer kills it even in the midst of native code, should the parent not be there to do so.
    """
    try:
        seconds, function, args = pickle.loads(request)
        signal.setitimer(signal.ITIMER_REAL, seconds + ORPHAN_SECONDS)
        answer = RETURNED, pickle.dumps(function(*args), pickle.HIGHEST_PROTOCOL)
    except SyncError as error:
        answer = REFUSED, pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - it is told to the parent, which raises it
        answer = RAISED, pickle.dumps(_where(error), pickle.HIGHEST_PROTOCOL)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return answer


def _where(error: BaseException) -> str:
    """Where it was raised and what it is; its message may hold somebody's words, and this goes into the log."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
