"""The floors: a file imports only from what stands to its left in its list, so there is no cycle to look for.

A new file fails here until somebody gives it a place; that is the moment to ask whether it is a new noun.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

ENGINE = """
    errors figures limits kinds tree trace admission crash
    lib0 protocol links index structs joining shapes scanner  difference marks painting documents workers
    statuses session awareness  store edit_sessions folding broker wire redis_broker
    sqlite postgresql database tables  memory_store sql_store  history
    log pending gate handshake room quarantine compaction settling rooms  server hocuspocus y_websocket
"""
PRODUCT = """
    settings messages import_messages errors figures logs tables schema throttle blobs background words
    note_schema content markdown markdown_reader redline written
    properties property_shapes likeness merge_rules catalogue pictures
    text_files drafts births  vcard_lines vcard csv_contacts  access aliases credentials feed rights suggestions carnet
    http auth idempotency uploads openapi  tickets definitions search_index search projection  users sessions
    avatars contact_documents contact_edits inherited_notes holders contacts contact_list
    notes note_history contact_notes deleted_notes combinations following evictions resolutions purge
    deleted_contacts  property_history
    duplicates merge_preview review_reasons merges unmerge sure_merges contact_merges late_values review_items
    import_files import_report import_matching import_run imports
    health metrics pages middleware  transport live changes  demo_companies demo_contacts demo  app
    findings database_findings doctor  import_command serve cli
"""
FLOORS = {"sync": ENGINE.split(), "api": PRODUCT.split()}
PURE = {
    "errors",
    "limits",
    "kinds",
    "tree",
    "lib0",
    "protocol",
    "links",
    "index",
    "structs",
    "joining",
    "shapes",
    "scanner",
    "difference",
    "marks",
    "painting",
    "statuses",
    "session",
    "awareness",
}
IMPURE_MODULES = {"asyncio", "time", "random", "secrets", "socket", "threading", "anyio"}
CRDT_LIVES_IN = "sync/documents.py"
LOCAL_IMPORTS_ALLOWED: dict[str, str] = {}
"""File → why it may import inside a function."""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, by its full dotted name, and where the statement stands."""

    module: str
    line: int
    inside_function: bool


def imports(source: str) -> Iterator[Import]:
    """Every import of a file; `from sync import errors` counts as `sync.errors`."""

    def visit(node: ast.AST, *, inside_function: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for name in child.names:
                    yield Import(name.name, child.lineno, inside_function)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"line {child.lineno}: relative import"
                base = child.module or ""
                names = [f"{base}.{name.name}" for name in child.names] if base in FLOORS else [base]
                for module in names:
                    yield Import(module, child.lineno, inside_function)
            else:
                is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from visit(child, inside_function=inside_function or is_function)

    return visit(ast.parse(source), inside_function=False)


def climbs(package: str, name: str, source: str) -> list[str]:
    """Imports of `package` modules that do not stand to the left of `name`."""
    floors = FLOORS[package]
    below = set(floors[: floors.index(name)])
    own = [found for found in imports(source) if found.module.startswith(f"{package}.")]
    return [f"{package}/{name}.py:{i.line} imports {i.module}" for i in own if i.module.split(".")[1] not in below]


def files(package: str) -> dict[str, str]:
    """Module name → source, of a package's own files (not of the folders inside it)."""
    return {path.stem: path.read_text() for path in (ROOT / package).glob("*.py") if path.stem != "__init__"}


def everything() -> dict[str, str]:
    """Path from the root → source, of both packages and the folders inside them."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for package in FLOORS
        for path in (ROOT / package).rglob("*.py")
    }


def test_every_file_has_a_floor() -> None:
    homeless = {package: sorted(files(package).keys() - set(floors)) for package, floors in FLOORS.items()}
    assert homeless == {package: [] for package in FLOORS}


def test_every_floor_has_a_file() -> None:
    empty = {package: sorted(set(floors) - files(package).keys()) for package, floors in FLOORS.items()}
    assert empty == {package: [] for package in FLOORS}


def test_every_import_points_to_the_left() -> None:
    found = [
        line for package in FLOORS for name, source in files(package).items() for line in climbs(package, name, source)
    ]
    assert found == []


def test_the_engine_knows_neither_the_product_nor_the_http_framework() -> None:
    found = [
        f"sync/{name}.py:{i.line} imports {i.module}"
        for name, source in files("sync").items()
        for i in imports(source)
        if i.module.split(".")[0] in {"api", "starlette"}
    ]
    assert found == []


def test_only_one_file_imports_the_crdt_library() -> None:
    importers = {
        path
        for path, source in everything().items()
        if any(i.module.split(".")[0] == "pycrdt" for i in imports(source))
    }
    assert importers == {CRDT_LIVES_IN}


def test_the_core_has_no_await_no_clock_and_no_socket() -> None:
    found = []
    for name in sorted(PURE):
        source = files("sync")[name]
        found += [f"sync/{name}.py:{i.line} imports {i.module}" for i in imports(source) if i.module in IMPURE_MODULES]
        found += [
            f"sync/{name}.py:{node.lineno} awaits"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Await)
        ]
    assert found == []


def test_no_import_hides_inside_a_function() -> None:
    found = [
        f"{path}:{i.line} imports {i.module}"
        for path, source in everything().items()
        if path not in LOCAL_IMPORTS_ALLOWED
        for i in imports(source)
        if i.inside_function
    ]
    assert found == []


def test_a_planted_upward_import_is_found() -> None:
    assert climbs("sync", "log", "from sync.rooms import Rooms\nfrom sync.store import Row") == [
        "sync/log.py:1 imports sync.rooms"
    ]
    assert climbs("sync", "log", "def f():\n    from sync import rooms") == ["sync/log.py:2 imports sync.rooms"]


def test_a_planted_local_import_is_found() -> None:
    assert [i.inside_function for i in imports("import os\ndef f():\n    import pycrdt")] == [False, True]
