"""`carnet` on a slow disk: `python -m tests.support.slow_server serve …` lets every commit of a write take its time.

Nothing of ours is replaced: SQLAlchemy asks us before it sends COMMIT, and we wait. The time between "stored" and
"committed" is then long enough for a test to see whoever tells of an edit in between.
"""

import asyncio
import random

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_only

from api.cli import main

COMMIT_SECONDS = (0.1, 0.35)


@event.listens_for(Engine, "commit")
def wait(connection: Connection) -> None:
    """Before COMMIT is sent. SQLite's only writer is the pool of one; reads and migrations go at their own pace."""
    pool = connection.engine.pool
    if isinstance(pool, AsyncAdaptedQueuePool) and pool.size() == 1:
        await_only(asyncio.sleep(random.uniform(*COMMIT_SECONDS)))


if __name__ == "__main__":
    main()
