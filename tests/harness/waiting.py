"""Waiting for a condition with a limit: no test sleeps for a fixed time."""

import socket
import time


class Timeout(AssertionError):
    """The condition did not come true in time."""


def wait_for(condition, limit=20.0, what=None, step=0.02):
    """Return the first true value of condition(), or fail after limit."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            name = what or getattr(condition, "__name__", "condition")
            raise Timeout(f"not within {limit:g} s: {name}; last: {value!r}")
        time.sleep(step)


def stays_false(condition, span):
    """True if condition() is false from now until span seconds later."""
    deadline = time.monotonic() + span
    while time.monotonic() < deadline:
        if condition():
            return False
        time.sleep(0.02)
    return True


def free_port():
    """A TCP port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
