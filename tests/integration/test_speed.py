"""The bench in short, on a machine that others use as well, with sanitizers:
only what is off by a power of ten is seen. tests/bench has the figures."""

import socket
import subprocess
import time

from bench import engine
from harness import fastcgi
from harness.instance import SECRET
from harness.nginx import ROOT

REQUESTS = 300


def rate(where, request):
    """Requests a second over one kept connection."""
    with fastcgi.connect(where) as link:
        began = time.monotonic()
        for _ in range(REQUESTS):
            link.sendall(request)
            assert fastcgi.read_answer(link).code == 200
        return REQUESTS / (time.monotonic() - began)


def test_kept_requests_beside_a_bare_responder(make_instance, tmp_path):
    instance = make_instance().start()
    instance.start_list(*["[[say x]]"] * 10)
    params = fastcgi.post_params(
        "/webhook/status", b"{}", ("HTTP_AUTHORIZATION", f"Bearer {SECRET}")
    )
    request = (
        fastcgi.opening(params, keep=True)
        + fastcgi.body_record(b"{}")
        + fastcgi.body_record(b"")
    )
    subprocess.run(
        [
            *("cc", "-O2", "-o", tmp_path / "bare"),
            *(ROOT / "tests/bench/bare.c", "-lfcgi", "-lpthread"),
        ],
        check=True,
    )
    path = tmp_path / "bare.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        bare = subprocess.Popen([tmp_path / "bare", "4", "800"], stdin=listener)
        try:
            theirs = rate(path, request)
        finally:
            bare.kill()
            bare.wait()
    assert rate(instance.socket, request) > theirs / 50


def ratio(rows):
    return float(next(rows)[3])


def test_a_start_is_not_far_from_what_it_must_write(tmp_path):
    assert ratio(engine.start(tmp_path)) < 50


def test_output_flows(tmp_path):
    for cells in engine.output(tmp_path, 4 << 20):
        assert float(cells[3]) > 0.002, cells


def test_idle_is_idle(tmp_path):
    """A few a second would be a loop that polls."""
    _, woke = engine.idle(tmp_path, 3)
    assert int(woke[1]) < 100


def test_the_list_reader_beside_libcmark(tmp_path):
    assert ratio(engine.lists(tmp_path)) < 200
