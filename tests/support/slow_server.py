"""`carnet` on a slow disk: `python -m tests.support.slow_server serve …` lets every commit of a write take its time.

Nothing of ours is replaced: SQLAlchemy asks us before it sends COMMIT, and we wait. The time between "stored" and
"committed" is then long enough for a test to see whoever tells of an edit in between.
"""

import random
import time

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

from api.cli import main

COMMIT_SECONDS = (0.1, 0.35)


@event.listens_for(Engine, "commit")
def wait(connection: Connection) -> None:
    """Before COMMIT is sent, in the thread of the transaction. SQLite's only writer is the pool of one."""
    pool = connection.engine.pool
    if isinstance(pool, QueuePool) and pool.size() == 1:
        time.sleep(random.uniform(*COMMIT_SECONDS))


if __name__ == "__main__":
    main()
