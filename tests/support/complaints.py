"""What asyncio says of futures that fail and that nobody hears: nothing, in these tests."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_complaint() -> Iterator[None]:
    """Whatever is gone by the end was heard. Let go of it inside."""
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    yield
    gc.collect()
    assert complaints == []
