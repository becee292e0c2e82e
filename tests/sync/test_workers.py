import asyncio
import ctypes
import itertools
import operator
import os
import pickle
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sync import documents
from sync.errors import Malformed, Overload, SyncError
from sync.kinds import TEXT, Problem, Schema
from sync.limits import MIB, Limits
from sync.scanner import Scan
from sync.tree import Element, Text
from sync.workers import Quarantined, WorkerFailed, Workers
from tests.support.hostile import CRAFTED, PARAGRAPH, update
from tests.support.waiting import until

ROOT = "default"
SCHEMA = Schema(
    roots={ROOT: "xml"}, children={ROOT: frozenset({"paragraph"}), "paragraph": frozenset({TEXT})}, marks=frozenset()
)
NOTE = documents.append_content(None, [], ROOT, (Element("paragraph", children=(Text("hello 🙂"),)),))
IMPATIENT = Limits(worker_seconds_max=0.3)
FOREVER = 1_000


@asynccontextmanager
async def running(limits: Limits | None = None) -> AsyncIterator[Workers]:
    workers = Workers(limits)
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


def processes() -> dict[int, int]:
    """Every living process and its parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, parent, *_ = stat.read_text().rpartition(") ")[2].split()
            if state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def children(pid: int = os.getpid()) -> set[int]:
    return {child for child, parent in processes().items() if parent == pid}


async def test_a_function_runs_in_another_process_and_its_value_comes_back() -> None:
    async with running() as workers:
        assert await workers.run("n", os.getpid) != os.getpid()
        tree = await workers.run("n", documents.tree, None, [NOTE], ROOT)
        assert tree == documents.tree(None, [NOTE], ROOT)
        index = await workers.run("n", documents.index, None, [NOTE], SCHEMA, Limits())
        scan = await workers.run("n", documents.scan_update, NOTE, index, SCHEMA, Limits())
        assert isinstance(scan, Scan)
        assert scan.known


async def test_large_values_go_both_ways() -> None:
    async with running() as workers:
        large = os.urandom(20 * MIB)
        assert await workers.run("n", operator.add, large, b"!") == large + b"!"


async def test_calls_share_as_many_children_as_there_are_cores() -> None:
    before = children()
    async with running() as workers:
        await asyncio.gather(*(workers.run("n", documents.fold, None, [NOTE]) for _ in range(50)))
        assert len(children() - before) == os.cpu_count()
    assert children() == before


async def test_a_child_has_neither_the_servers_modules_nor_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARNET_SECRET", "do not tell")
    async with running() as workers:
        loaded = await workers.run("n", eval, "set(__import__('sys').modules)")
        assert not loaded & {"uvicorn", "starlette", "sqlalchemy", "pytest", "api"}
        assert "pycrdt" in loaded
        assert not await workers.run("n", eval, "[*__import__('os').environ.values()].count('do not tell')")


async def test_a_refusal_passes_through_as_it_is() -> None:
    async with running() as workers:
        with pytest.raises(Malformed, match="5 announced, 0 bytes left") as refused:
            await workers.run("n", documents.diff, None, [], b"\x05")
    assert refused.value.detail == "5 announced, 0 bytes left"


def refusals(kind: type[SyncError] = SyncError) -> list[type[SyncError]]:
    return [kind, *itertools.chain.from_iterable(map(refusals, kind.__subclasses__()))]


ARGUMENTS: dict[str, tuple[object, ...]] = {"Rejected": ((Problem("city", "taken", "Elsewhere."),),), "Stale": (7,)}


def examples(kind: type[SyncError]) -> list[SyncError]:
    return [kind(*ARGUMENTS[kind.__name__])] if kind.__name__ in ARGUMENTS else [kind("why"), kind()]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", refusals())
def test_every_refusal_survives_the_way_between_processes(kind: type[SyncError]) -> None:
    for refusal in examples(kind):
        back = pickle.loads(pickle.dumps(refusal))
        assert (type(back), back.detail, str(back)) == (kind, refusal.detail, str(refusal))
        assert vars(back) == vars(refusal)


async def test_any_other_exception_is_a_failure_that_tells_its_cause_and_costs_no_child() -> None:
    async with running() as workers:
        with pytest.raises(WorkerFailed) as failed:
            await workers.run("n", int, "seven")
        told = str(failed.value.__cause__)
        assert "ValueError" in told
        assert "workers.py" in told
        assert "seven" not in told, "what a note says does not belong into a log"
        assert isinstance(failed.value, Overload), "a client may come back"
        assert workers.deaths == 0


async def test_a_value_that_cannot_be_sent_is_a_failure_too() -> None:
    async with running() as workers:
        with pytest.raises(WorkerFailed):
            await workers.run("n", eval, "lambda: 1")


async def test_an_answer_that_would_call_a_function_here_is_not_believed(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    bomb = f"type('Bomb', (), {{'__reduce__': lambda self: (__import__('os').mkdir, ({str(trap)!r},))}})()"
    async with running() as workers:
        with pytest.raises(WorkerFailed):
            await workers.run("n", eval, bomb)
    assert not trap.exists()


async def test_a_call_that_hangs_is_ended_and_tried_again_with_more_time() -> None:
    async with running(IMPATIENT) as workers:
        started = time.monotonic()
        await workers.run("n", time.sleep, 0.6)
        assert time.monotonic() - started >= 0.3 + 0.6
        assert workers.deaths == 0
        with pytest.raises(WorkerFailed, match="not done within 3 s"):
            await workers.run("n", time.sleep, FOREVER)
        assert workers.deaths == 1
        assert await workers.run("n", int, "7") == 7, "one death is none too many"


@pytest.mark.parametrize(
    ("function", "argument", "how"),
    [
        (os._exit, 3, "ended with status 3"),
        (ctypes.string_at, 0, "killed by SIGSEGV"),
        (bytearray, 8 * 1024 * MIB, "ended with status 1"),
        (list, itertools.repeat(0), "ended with status 1"),
        (sys.exit, "as a panic does", "ended with status 1"),
    ],
)
async def test_a_call_that_ends_its_process_twice_quarantines_its_document(
    function: object, argument: object, how: str
) -> None:
    async with running(replace(Limits(), worker_memory_bytes_max=256 * MIB)) as workers:
        assert callable(function)
        with pytest.raises(WorkerFailed, match=how):
            await workers.run("bad", function, argument)
        assert workers.deaths == 2
        with pytest.raises(Quarantined):
            await workers.run("bad", int, "7")
        assert await workers.run("good", documents.tree, None, [NOTE], ROOT) == documents.tree(None, [NOTE], ROOT)


async def test_a_call_that_hangs_holds_up_no_other_document() -> None:
    async with running(IMPATIENT) as workers:
        hanging = asyncio.create_task(workers.run("bad", time.sleep, FOREVER))
        answered = 0
        while not hanging.done():
            assert await workers.run("good", operator.add, 1, answered) == (answered := answered + 1)
        assert answered > 100, "both the first try and the second, which takes ten times as long"
        assert isinstance(hanging.exception(), WorkerFailed)


async def test_a_cancelled_call_ends_its_child_and_counts_for_nothing(tmp_path: Path) -> None:
    sign = tmp_path / "started"
    work = f"__import__('pathlib').Path({str(sign)!r}).touch() or __import__('time').sleep({FOREVER})"

    async def started() -> bool:
        return sign.exists()

    before = children()
    async with running() as workers:
        idle = children() - before
        call = asyncio.create_task(workers.run("n", eval, work))
        await until(started)
        call.cancel()
        await asyncio.wait([call])
        assert call.cancelled()
        assert len(children() & idle) == len(idle) - 1
        assert await workers.run("n", int, "7") == 7
        assert workers.deaths == 0


async def test_each_call_apart_has_a_process_of_its_own_that_no_document_was_in() -> None:
    note_it = "__import__('sync').__dict__.setdefault('seen', __import__('os').getpid())"
    async with running() as workers:
        first, second = [await workers.apart("n", eval, note_it) for _ in range(2)]
        assert first != second

        async def gone() -> bool:  # the one that has answered may still be on its way out
            return not {first, second} & processes().keys()

        await until(gone)


async def test_a_call_apart_that_hangs_leaves_nothing_behind() -> None:
    before = processes().keys()
    async with running(IMPATIENT) as workers:
        assert not await workers.survives(0.3, time.sleep, FOREVER)
        assert await workers.survives(10, int, "7")
    assert not {pid for pid in processes().keys() - before if processes().get(pid) == os.getpid()}


async def test_an_idle_child_that_dies_is_replaced() -> None:
    before = children()
    async with running() as workers:
        for child in children() - before:
            os.kill(child, signal.SIGKILL)
        assert [await workers.run("n", int, "7") for _ in range(5)] == [7] * 5
        assert workers.deaths == 0


async def test_children_outlive_the_signals_that_tell_the_server_to_drain() -> None:
    before = children()
    async with running() as workers:
        pids = children() - before
        for child in pids:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(child, number)
        assert await workers.run("n", int, "7") == 7
        assert children() - before == pids


async def test_closing_ends_a_call_that_is_running() -> None:
    workers = Workers()
    call = asyncio.create_task(workers.run("n", time.sleep, FOREVER))
    before = children()

    async def started() -> bool:
        return bool(children() - before)

    await until(started)
    await workers.close()
    with pytest.raises(WorkerFailed):
        await call
    with pytest.raises(WorkerFailed, match="closed"):
        await workers.run("n", int, "7")
    assert children() == before


SERVER = """
import asyncio, sys, time
from sync.limits import Limits
from sync.workers import Workers

async def main():
    workers = Workers(Limits(worker_seconds_max=2))
    await workers.start()
    print("started", flush=True)
    await {then}

asyncio.run(main())  # without a guard: no child ever runs the main module of its parent
"""


@pytest.mark.parametrize("then", ["asyncio.Event().wait()", "workers.run('n', time.sleep, 1000)"])
async def test_children_die_with_a_killed_server_be_they_idle_or_busy(tmp_path: Path, then: str) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(then=then))
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    server = await asyncio.create_subprocess_exec(sys.executable, script, stdout=PIPE, env=environment)
    assert server.stdout is not None
    assert await server.stdout.readline() == b"started\n"
    orphans = children(server.pid)
    assert len(orphans) == os.cpu_count()
    server.kill()
    await server.wait()

    async def gone() -> bool:
        return not orphans & processes().keys()

    await until(gone)


KILLERS = CRAFTED | {"a clock that wraps around": update(PARAGRAPH, PARAGRAPH, clock=2**32 - 1)}


async def test_known_killers_of_the_library_harm_neither_the_server_nor_other_documents() -> None:
    harmless = documents.tree(None, [NOTE], ROOT)
    async with running() as workers:
        for name, killer in KILLERS.items():
            with suppress(SyncError):
                await workers.run(name, documents.tree, None, [NOTE, killer], ROOT)
            with suppress(SyncError):
                await workers.run(name, documents.fold, None, [NOTE, killer])
            assert await workers.run("good", documents.tree, None, [NOTE], ROOT) == harmless
        with pytest.raises(Quarantined):
            await workers.run("a clock that wraps around", documents.tree, None, [NOTE], ROOT)
        assert workers.deaths == 2, "a panic ends its process; everything else was refused or read"
