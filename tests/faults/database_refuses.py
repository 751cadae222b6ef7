"""What tests of database refuses share with others."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.served import Served


@contextmanager
def no_room(place: Served) -> Iterator[None]:
    """The kernel lets no file of the server grow."""
    pid = place.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
