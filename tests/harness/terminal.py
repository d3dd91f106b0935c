"""A program at a pseudo-terminal: what it shows, what is typed, its end."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from .waiting import Timeout

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r")


class Terminal:
    """Runs argv with a terminal for all three descriptors."""

    def __init__(self, argv, *, cwd, env):
        self.raw = ""
        self._seen = 0
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={"TERM": "xterm", **env},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    @property
    def text(self):
        """Everything shown so far, without colours and movements."""
        return _ESCAPES.sub("", self.raw)

    def _read(self, span):
        ready, _, _ = select.select([self._master], [], [], span)
        if not ready:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            data = b""
        self.raw += data.decode(errors="replace")
        return bool(data)

    def expect(self, pattern, limit=30):
        """Wait until pattern is shown after what was expected last."""
        deadline = time.monotonic() + limit
        more = True
        while True:
            match = re.compile(pattern, re.S).search(self.text, self._seen)
            if match:
                self._seen = match.end()
                return match
            if time.monotonic() > deadline or not more:
                raise Timeout(
                    f"not shown: {pattern!r} in\n" f"{self.text[self._seen:]}"
                )
            more = self._read(0.1)

    def type(self, text):
        os.write(self._master, text.encode())

    def interrupt(self):
        """Ctrl-C, as the terminal's driver turns it into a signal."""
        self.type("\x03")

    def wait(self, limit=30):
        """The exit status, reading on until the end."""
        deadline = time.monotonic() + limit
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise Timeout(f"still runs; shown:\n{self.text}")
            self._read(0.05)
        while self._read(0):
            if not select.select([self._master], [], [], 0)[0]:
                break
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._master)


def _take_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
