"""Peers that speak to the responder itself, and hold nothing up: one byte and
no more, by the Unix socket and by TCP."""

import concurrent.futures
import contextlib
import signal
import socket
import subprocess
import threading
import time

import pytest
from harness import fastcgi
from harness.instance import program
from harness.waiting import free_port, wait_for

DEADLINE = 10
GUESTS_OF_ONE = 16
KEPT_OF_ONE = 128
HEALTH = [("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/health")]


@contextlib.contextmanager
def responder_of_its_own(instance):
    """`orchestrator fcgi` that listens as server.host and port say."""
    process = subprocess.Popen(
        [program(), "-c", str(instance.config_file), "fcgi"],
        cwd=instance.folder,
        env=instance.env,
        stdin=subprocess.DEVNULL,
        stderr=(instance.folder / "stderr.log").open("ab"),
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.fixture(params=["unix", "tcp"])
def door(request, make_instance):
    """Where the responder listens: four threads, as by default."""
    if request.param == "unix":
        instance = make_instance().start()
        yield instance.socket
        return
    port = free_port()
    instance = make_instance(
        config={"server": {"host": "127.0.0.1", "port": port}}
    )
    with responder_of_its_own(instance):
        wait_for(lambda: answers(("127.0.0.1", port)), 20, "the port")
        yield "127.0.0.1", port


def answers(where):
    try:
        return fastcgi.request(where, HEALTH).code in (200, 503)
    except OSError:
        return False


def is_shown_out(link):
    link.settimeout(0.01)
    try:
        return link.recv(1) == b""
    except ConnectionError:
        return True
    except (TimeoutError, BlockingIOError):
        return False


@pytest.mark.parametrize("sent", ["byte", "parameters", "half a body"])
def test_slow_peers_hold_nothing_up(door, sent):
    params = fastcgi.opening(fastcgi.post_params("/webhook/status", b"x" * 99))
    what = {
        "byte": b"\x01",
        "parameters": params,
        "half a body": params + fastcgi.body_record(b"x" * 9),
    }[sent]
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(fastcgi.connect(door)) for _ in range(8)]
        began = time.monotonic()
        for link in slow:
            link.sendall(what)
        while time.monotonic() - began < 2:
            asked = time.monotonic()
            assert answers(door)
            assert time.monotonic() - asked < 2
        assert not any(is_shown_out(link) for link in slow)
        wait_for(
            lambda: all(is_shown_out(link) for link in slow),
            2 * DEADLINE,
            "the deadline",
        )
        assert answers(door)


def test_a_peer_that_trickles_has_one_deadline(door):
    with fastcgi.connect(door) as link:
        began = time.monotonic()
        for byte in fastcgi.opening([("X", "y" * 30000)]):
            with contextlib.suppress(ConnectionError, TimeoutError):
                link.sendall(bytes([byte]))
            if is_shown_out(link):
                break
        assert DEADLINE - 1 < time.monotonic() - began < 2 * DEADLINE


def test_more_than_any_request_may_be_holds_nothing_up(door):
    """A hundred thousand bytes of parameters, and no end of them."""
    begin = fastcgi.opening([])[:16]
    endless = fastcgi.params_record(b"x" * 50000)
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            link = stack.enter_context(fastcgi.connect(door))
            with contextlib.suppress(ConnectionError, TimeoutError):
                link.sendall(begin + 2 * endless)
        asked = time.monotonic()
        assert answers(door)
        assert time.monotonic() - asked < 2


@pytest.mark.parametrize(
    "lengths",
    [b"\x01\xff\xff\xff\xfe", b"\xff\xff\xff\xf0\x80\x00\x00\x10"],
)
@pytest.mark.parametrize("behind", ["", "another's end"])
def test_a_lie_about_a_length_ends_nobody(door, lengths, behind):
    """libfcgi adds up what a parameter says of its length, and believes it."""
    begin = fastcgi.opening([])[:16]
    others = b"\x01\x05\x00\x02\x00\x00\x00\x00" if behind else b""
    lie = fastcgi.params_record(lengths + b"x" * 50000)
    with fastcgi.connect(door) as link:
        with contextlib.suppress(ConnectionError):
            link.sendall(begin + others + lie + fastcgi.params_record(b""))
        wait_for(lambda: is_shown_out(link), DEADLINE / 2, "the end")
    assert answers(door)


def test_one_peer_s_oldest_gives_way(door):
    with contextlib.ExitStack() as stack:
        slow = []
        for _ in range(GUESTS_OF_ONE + 1):
            slow.append(stack.enter_context(fastcgi.connect(door)))
            slow[-1].sendall(b"\x01")
        wait_for(lambda: is_shown_out(slow[0]), DEADLINE / 2, "room")
        assert not is_shown_out(slow[-1])
        assert answers(door)


def test_what_is_no_fastcgi_is_shown_out(door):
    with fastcgi.connect(door) as link:
        link.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        wait_for(lambda: is_shown_out(link), DEADLINE / 2, "the end")
    assert answers(door)


def test_a_peer_that_stays_after_the_answer_holds_no_thread(door):
    whole = fastcgi.opening(HEALTH) + fastcgi.body_record(b"")
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            asked = time.monotonic()
            link = stack.enter_context(fastcgi.connect(door))
            link.sendall(whole)
            assert fastcgi.read_answer(link).code in (200, 503)
            assert time.monotonic() - asked < 2


def test_doctor_warns_of_tcp(make_instance):
    port = free_port()
    instance = make_instance(
        config={
            "server": {
                "host": "127.0.0.1",
                "port": port,
                "supervisor": "external",
            }
        }
    )
    with responder_of_its_own(instance):
        wait_for(lambda: answers(("127.0.0.1", port)), 20, "the port")
        said = instance.cli("doctor", timeout=60).stdout
    assert f"127.0.0.1:{port} answers: every account" in said


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        named = socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)
        return socket.AF_INET6 in {entry[0] for entry in named}
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="localhost has no IPv6 here")
def test_localhost_is_both_families(make_instance):
    port = free_port()
    instance = make_instance(
        config={"server": {"host": "localhost", "port": port}}
    )
    with responder_of_its_own(instance):
        for address in ("127.0.0.1", "::1"):
            where = (address, port)
            wait_for(lambda where=where: answers(where), 20, address)


def test_an_end_does_not_wait_for_slow_peers(make_instance):
    instance = make_instance().start()
    with fastcgi.connect(instance.socket) as link:
        link.sendall(b"\x01")
        began = time.monotonic()
        instance.stop_responder()
        assert time.monotonic() - began < DEADLINE / 2


HEALTH_KEPT = fastcgi.opening(HEALTH, keep=True) + fastcgi.body_record(b"")
LEAVE_PLEASE = bytes([1, 7, 0, 1, 0, 0, 0, 0])


def ask_kept(link):
    link.sendall(HEALTH_KEPT)
    assert fastcgi.read_answer(link).code in (200, 503)


@contextlib.contextmanager
def one_kept(where):
    with fastcgi.connect(where) as link:
        ask_kept(link)
        yield link


def test_a_kept_connection_serves_again(door):
    status = fastcgi.post_params("/webhook/status", b"{}")
    with fastcgi.connect(door) as link:
        for _ in range(5):
            ask_kept(link)
            link.sendall(
                fastcgi.opening(status, keep=True)
                + fastcgi.body_record(b"{}")
                + fastcgi.body_record(b"")
            )
            assert fastcgi.read_answer(link).code == 401
        # More than Content-Length says: refused, and read to its end.
        link.sendall(
            fastcgi.opening(status, keep=True)
            + fastcgi.body_record(b"{} and more")
            + fastcgi.body_record(b"")
        )
        assert fastcgi.read_answer(link).code == 400
        ask_kept(link)


def test_who_does_not_keep_is_closed(door):
    with fastcgi.connect(door) as link:
        ask_kept(link)
        link.sendall(fastcgi.opening(HEALTH) + fastcgi.body_record(b""))
        assert fastcgi.read_answer(link).code in (200, 503)
        wait_for(lambda: is_shown_out(link), DEADLINE / 2, "the end")


def test_kept_connections_hold_no_thread(door):
    """Forty of them, four threads; and each is served again."""
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(one_kept(door)) for _ in range(40)]
        for link in kept[::-1]:
            asked = time.monotonic()
            ask_kept(link)
            assert answers(door)
            assert time.monotonic() - asked < 2


def test_half_a_request_on_a_kept_connection_holds_nothing_up(door):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(one_kept(door)) for _ in range(8)]
        for link in slow:
            link.sendall(HEALTH_KEPT[:40])
        began = time.monotonic()
        while time.monotonic() - began < 2:
            asked = time.monotonic()
            assert answers(door)
            assert time.monotonic() - asked < 2
        slow[0].sendall(HEALTH_KEPT[40:])
        assert fastcgi.read_answer(slow[0]).code in (200, 503)
        wait_for(
            lambda: all(is_shown_out(link) for link in slow[1:]),
            2 * DEADLINE,
            "the deadline",
        )
        ask_kept(slow[0])


def test_busy_kept_connections_shut_nobody_out(door):
    """Eight that ask again at once keep four threads busy."""
    stop = threading.Event()

    def insist():
        with fastcgi.connect(door) as link:
            while not stop.is_set():
                ask_kept(link)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        insisting = [pool.submit(insist) for _ in range(8)]
        try:
            for _ in range(50):
                asked = time.monotonic()
                assert answers(door)
                assert time.monotonic() - asked < 2
        finally:
            stop.set()
        for one in insisting:
            one.result()


def test_one_peer_may_keep_so_many(door):
    """Who comes after that is told to leave, and served until it does."""
    with contextlib.ExitStack() as stack:
        kept = [
            stack.enter_context(one_kept(door))
            for _ in range(KEPT_OF_ONE + 1)
        ]
        assert kept[-1].recv(100) == LEAVE_PLEASE
        ask_kept(kept[-1])
        ask_kept(kept[0])


def test_at_the_end_who_is_kept_is_told_first(make_instance):
    """One leaves; one asks once more at that moment, and is served; one does
    neither, and is shown out."""
    instance = make_instance().start()
    with contextlib.ExitStack() as stack:
        leaves, asks, stays = (
            stack.enter_context(one_kept(instance.socket)) for _ in range(3)
        )
        instance.responder.send_signal(signal.SIGTERM)
        for link in (leaves, asks, stays):
            assert link.recv(100) == LEAVE_PLEASE
        leaves.close()
        ask_kept(asks)
        began = time.monotonic()
        instance.stop_responder()
        assert time.monotonic() - began < DEADLINE / 2
        assert asks.recv(100) == LEAVE_PLEASE
        assert is_shown_out(asks)


def test_a_restart_drops_no_request(make_instance):
    """nginx keeps connections as the shipped site says; the socket stays, as
    with systemd; the responder is restarted while requests come."""
    instance = make_instance()
    stop = threading.Event()

    def insist():
        codes = []
        while not stop.is_set():
            codes.append(instance.post("/webhook/status").code)
        return codes

    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(instance.socket))
        listener.listen(128)

        def restart():
            if instance.responder:
                instance.stop_responder()
            instance.responder = subprocess.Popen(
                [program(), "-c", str(instance.config_file), "fcgi"],
                cwd=instance.folder,
                env=instance.env,
                stdin=listener,
                stderr=(instance.folder / "stderr.log").open("ab"),
            )

        restart()
        instance.nginx.start()
        instance.wait_healthy()
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(6))
        insisting = [pool.submit(insist) for _ in range(6)]
        try:
            for _ in range(6):
                restart()
                time_up = time.monotonic() + 0.5
                wait_for(lambda: time.monotonic() > time_up, 5, "requests")
        finally:
            stop.set()
        codes = [code for one in insisting for code in one.result()]
        assert set(codes) == {200}
        assert len(codes) > 60
        instance.stop_responder()
