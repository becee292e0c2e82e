"""`carnet` that forgets what nobody has open: `python -m tests.support.forgetful_server serve …`.

A document stays in memory for half a minute after the last one left; here it goes at once.
"""

from functools import partialmethod

from api.cli import main
from sync.limits import Limits

Limits.__init__ = partialmethod(Limits.__init__, room_idle_seconds=0.0, sweep_seconds=0.1)  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    main()
