"""`carnet serve` in a hurry: `python -m tests.rig.node --port N` compacts and thins in seconds what takes days.

Nothing of ours is replaced, only limits are other than they are by default, and the clock where it is asked to be
(CARNET_RIG_CLOCK_SECONDS: so far ahead).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from api import schema
from api.app import create_app
from api.logs import configure_logs
from api.serve import Server, server_config
from api.settings import read_settings
from sync import edit_sessions
from sync.limits import Limits
from sync.store import StoreUnavailable

IN_A_HURRY = replace(
    Limits(),
    rows_before_snapshot=120,
    history_days=2 / 86400,
    compaction_look_seconds=1.0,
    commit_retry_seconds_max=3.0,
)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    settings = replace(read_settings(os.environ), limits=IN_A_HURRY)
    try:
        asyncio.run(schema.migrate(settings))
    except StoreUnavailable as error:
        sys.exit(str(error))
    configure_logs(settings)
    wrong_by = timedelta(seconds=float(os.environ.get("CARNET_RIG_CLOCK_SECONDS", "0")))
    application = create_app(settings, clock=lambda: datetime.now(UTC) + wrong_by)
    config = server_config(application, "127.0.0.1", parser.parse_args().port, settings)
    Server(config, application, lambda line: print(line, flush=True)).run()


if __name__ == "__main__":
    edit_sessions.ROWS_MAX = 40  # nobody pauses in a rig: without this an edit session would never end
    main()
