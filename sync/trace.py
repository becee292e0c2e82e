"""The id of the socket or request that is being served: whoever writes a line of the log finds it here.

The one context variable of the engine, and for lines of the log alone: nothing is decided by it. What leaves the
task of its socket carries the id along (`Session.trace`, `Entry.trace`): a commit, which is for many, names them all.
"""

from contextvars import ContextVar

trace: ContextVar[str] = ContextVar("trace", default="")
