"""Load: a person's requests through the shipped site, each with a handshake of
its own, while others want too much: a flood with and without the secret, bodies
that come a byte at a time, 500 connections that stay and ask.

Promised: every request of the person is answered with 200, whatever the others
do; how late is stated. The others are other addresses, in a process of their own.
"""

import asyncio
import collections
import contextlib
import math
import multiprocessing
import ssl
import time

from harness import certificate, https, processes
from harness.instance import SECRET, Instance
from harness.waiting import wait_for

from .result import Result

PACE = 0.125  # of the person: 8 a second, below the site's limit
TIMES = 10  # as many as the flood has to be
SLOW_MS = 5000  # on a machine that others use as well
STATUS = (
    "POST /webhook/status HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/json\r\nContent-Length: {}\r\n"
    "Authorization: Bearer {}\r\n\r\n"
)


class Crowd:
    """Others: a process with many connections, and what it counts."""

    def __init__(self, port, many, manner):
        self.port, self.many, self.manner = port, many, manner
        context = multiprocessing.get_context("fork")
        self.connected = context.Value("i", 0)
        self.asked = context.Value("i", 0)
        self.errors = context.Value("i", 0)  # 5xx
        self.process = context.Process(target=self._main, daemon=True)

    def __enter__(self):
        certificate.make()  # the child must not make one of its own
        self.process.start()
        return self

    def __exit__(self, *exc):
        processes.end(self.process.pid)
        self.process.join(10)

    def _main(self):
        asyncio.run(self._all())

    async def _all(self):
        tls = ssl.create_default_context(cafile=str(certificate.make()[0]))
        ones = (self._one(tls, number) for number in range(self.many))
        await asyncio.gather(*ones)

    async def _one(self, tls, number):
        """One of them, until we are ended; shut out, it comes again."""
        own = f"127.0.{2 + number % 200}.{1 + number // 200}"
        while True:
            with contextlib.suppress(OSError, EOFError, asyncio.TimeoutError):
                reader, writer = await asyncio.open_connection(
                    *("127.0.0.1", self.port),
                    ssl=tls,
                    server_hostname="localhost",
                    local_addr=(own, 0),
                    ssl_handshake_timeout=60,
                )
                self.connected.value += 1
                try:
                    await self.manner(self, reader, writer, number)
                finally:
                    self.connected.value -= 1
                    writer.close()
            await asyncio.sleep(0.05)

    async def ask(self, reader, writer, secret):
        writer.write((STATUS.format(2, secret) + "{}").encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = head.lower().partition("content-length: ")[2]
        await reader.readexactly(int(fields.split()[0]))
        self.asked.value += 1
        code = int(head.split()[1])
        self.errors.value += code >= 500
        return code


async def flood(crowd, reader, writer, number):
    """As fast as it goes, one in two with the secret."""
    while True:
        await crowd.ask(reader, writer, SECRET if number % 2 else "wrong")


async def slow_body(crowd, reader, writer, number):
    writer.write(STATUS.format(60000, SECRET).encode())
    while not reader.at_eof():
        writer.write(b" ")
        crowd.asked.value += 1
        await writer.drain()
        await asyncio.sleep(1)


async def stay(crowd, reader, writer, number):
    """A client that polls, and keeps its connection."""
    await asyncio.sleep(number % 50 / 10)
    while True:
        await crowd.ask(reader, writer, SECRET)
        await asyncio.sleep(5)


def person(instance, seconds):
    """(how long each answer took, how often each code came)."""
    took, codes = [], collections.Counter()
    headers = [("Authorization", f"Bearer {SECRET}")]
    headers.append(("Content-Type", "application/json"))
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        start = time.monotonic()
        answer = https.request(
            instance.nginx.port, "POST", "/webhook/status", b"{}", headers
        )
        took.append(1000 * (time.monotonic() - start))
        codes[answer.code] += 1
        time.sleep(max(0.0, PACE - (time.monotonic() - start)))
    return took, codes


def latest(times, share=0.99):
    return sorted(times)[math.ceil(share * len(times)) - 1]


def one(instance, result, name, crowd, seconds):
    began = time.monotonic()
    with crowd:
        wait_for(
            lambda: crowd.connected.value >= crowd.many * 0.95,
            60,
            f"{name}: they have come",
        )
        wait_for(lambda: crowd.asked.value, 20, f"{name}: they ask")
        took, codes = person(instance, seconds)
        asked, there = crowd.asked.value, crowd.connected.value
        rate = asked / (time.monotonic() - began)
    result.times += len(took) + asked
    result.check(set(codes) == {200}, f"{name}: {dict(codes)}")
    result.check(not crowd.errors.value, f"{name}: {crowd.errors.value} of 5xx")
    late = latest(took)
    result.check(late < SLOW_MS, f"{name}: {late:.0f} ms")
    return rate, there, late, len(took) / seconds


def experiment(folder, budget):
    result = Result("others want too much, beside a person's requests")
    seconds = 20 if budget >= 50 else 4
    instance = Instance(folder / "i")
    try:
        instance.start()
        instance.start_list(*["[[say x]]"] * 40)
        port = instance.nginx.port
        took, _ = person(instance, seconds)
        result.seen.append(f"99th percentile alone: {latest(took):.0f} ms")
        crowd = Crowd(port, 40, flood)
        rate, _, late, own = one(instance, result, "flood", crowd, seconds)
        result.check(rate > TIMES * own, f"only {rate / own:.0f} times as many")
        result.seen.append(f"flood of {rate / own:.0f} times as many: {late:.0f} ms")
        crowd = Crowd(port, 200, slow_body)
        _, there, late, _ = one(instance, result, "slow", crowd, seconds)
        result.seen.append(f"{there} slow bodies: {late:.0f} ms")
        crowd = Crowd(port, 500, stay)
        rate, there, late, _ = one(instance, result, "stay", crowd, seconds)
        stayed = f"{there} connections, {rate:.0f} requests a second"
        result.seen.append(f"{stayed}: {late:.0f} ms")
    finally:
        instance.close()
    return result
