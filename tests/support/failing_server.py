"""`carnet` with a mistake in it: `python -m tests.support.failing_server serve …` fails when it is to commit an edit.

Not as a database fails, which is expected: as a program does that was not thought through.
"""

from typing import Never

from api.cli import main
from sync.sql_store import SqlStore


async def fail(*_: object) -> Never:
    """In the place of an append to the log."""
    raise LookupError("nobody has thought of this")


SqlStore.append = fail  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
