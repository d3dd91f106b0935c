"""Dead peers: an n8n that refuses, resets, says nothing, drips a byte at a
time, redirects, is busy (429), fails (500), shows a certificate that nobody signed or
one of somebody else, or has a name to which no server of names answers.

Promised: tasks go on as if it were not there, a command is answered in less
than 50 ms on a quiet machine, and what could not be told is kept and told, once
it is back, in order.
"""

import contextlib
import socket
import ssl
import statistics
import struct
import threading
import time

from harness import certificate, processes
from harness.receiver import Receiver
from harness.waiting import wait_for

from .result import Result
from .scene import AGENT, Scene

WAITS = f"{AGENT}; while [ -e stay ]; do sleep 0.1; done"
MANY = 1000
TAPS = 10
SLOW_MS = 1000  # on a machine that others use as well
WANTED_MS = 50


def reset(link):
    link.recv(1)
    linger = struct.pack("ii", 1, 0)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    link.close()


def silent(link):
    while link.recv(65536):
        pass


def drip(link):
    link.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 600:
        link.sendall(bytes([byte]))
        time.sleep(0.5)


def encrypted(link):
    crt, key = certificate.make()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    with context.wrap_socket(link, server_side=True) as inside:
        inside.recv(65536)
        inside.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@contextlib.contextmanager
def peer(port, manner):
    """A server at port that treats everybody in this manner."""
    with socket.create_server(("", port), reuse_port=False) as server:

        def treat(link):
            with contextlib.suppress(OSError), link:
                manner(link)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    run = threading.Thread(target=treat, args=(link,))
                    run.daemon = True
                    run.start()

        threading.Thread(target=accept, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


def answers(code, headers=None):
    return [(code, headers or {})] * MANY


HTTP = {
    "redirects": answers(302, {"Location": "http://127.0.0.1:9/elsewhere"}),
    "429": answers(429, {"Retry-After": "1"}),
    "500": answers(500),
}
RAW = {"resets": reset, "is silent": silent, "drips": drip}


def day(scene, times, *before):
    """A task runs, is paused and resumed, ends; how long each answer took."""
    scene.supervise(*before)
    scene.wait_up()
    scene.ask("start", task_file="list.md")
    scene.ask("approve")
    wait_for(scene.runs, 20, "the task runs")
    for command in ("pause", "resume") * TAPS:
        began = time.monotonic()
        code, body = scene.ask(command)
        times.append(1000 * (time.monotonic() - began))
        assert code == 200, body
    (scene.work / "stay").unlink()
    scene.wait_status("completed")


def told(receiver, result, name):
    """All of it, in order, when it is back."""
    wait_for(lambda: "session_completed" in receiver.events(), 60, "all told")
    events = receiver.events()
    begin, end = ["session_started", "task_started"], ["task_completed"]
    wanted = [*begin, *["resumed"] * TAPS, *end, "session_completed"]
    result.check(events == wanted, f"{name}: told {events}")


def no_certificate(scene, receiver, times):
    """It answers as it should, to whoever looks away: signed by nobody."""
    https = receiver.url.replace("http:", "https:")
    scene.write_config(webhooks={"n8n_notify_url": https})
    with peer(receiver.port, encrypted):
        day(scene, times)
        scene.wait_log("certificate")


def wrong_name(scene, receiver, times):
    """We trust the signer; the certificate is not for 127.0.0.2."""
    scene.env["SSL_CERT_FILE"] = str(certificate.make()[0])
    https = f"https://127.0.0.2:{receiver.port}/"
    scene.write_config(webhooks={"n8n_notify_url": https})
    with peer(receiver.port, encrypted):
        day(scene, times)
        scene.wait_log("127.0.0.2")


def no_names(scene, receiver, times):
    """Who is asked for a name takes the question and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", 53))
        resolv = scene.folder / "resolv.conf"
        resolv.write_text("nameserver 127.0.0.1\n")
        bind = f"mount --bind {resolv} /etc/resolv.conf && exec \"$@\""
        http = f"http://n8n.example:{receiver.port}/"
        scene.write_config(webhooks={"n8n_notify_url": http})
        day(scene, times, "unshare", "-m", "sh", "-c", bind, "sh")
        hole.settimeout(20)
        assert b"n8n" in hole.recv(512), "it asks for a name"


# Those whose peer is somewhere else, until somebody mends the configuration.
ELSEWHERE = {
    "is not signed for": no_certificate,
    "has another's certificate": wrong_name,
    "has a name that nobody resolves": no_names,
}


def elsewhere(scene, receiver, name, times, result):
    receiver.down()
    ELSEWHERE[name](scene, receiver, times)
    waiting = len(scene.state()["notifications"])
    result.check(waiting > 0, f"{name}: nothing is kept")
    scene.end()
    scene.write_config(webhooks={"n8n_notify_url": receiver.url})
    receiver.up()
    scene.supervise()


def one(folder, name, result, times):
    with contextlib.ExitStack() as stack:
        nothing = contextlib.nullcontext()
        receiver = stack.enter_context(Receiver())
        scene = Scene(folder, script=WAITS, receiver=receiver)
        scene.write_tasks("MARK-1")
        (scene.work / "stay").touch()
        stack.callback(scene.close)
        if name in HTTP:
            receiver.answers = list(HTTP[name])
            day(scene, times)
            receiver.answers = []
        elif name in ELSEWHERE:
            elsewhere(scene, receiver, name, times, result)
        else:
            receiver.down()
            with peer(receiver.port, RAW[name]) if name in RAW else nothing:
                day(scene, times)
                # Whoever waits for the silent peer would wait for its time.
                scene.end()
            receiver.up()
            scene.supervise()
        try:
            told(receiver, result, name)
        except AssertionError as problem:
            result.broke(f"{name}: {problem}")


def experiment(folder, budget):
    result = Result("n8n is dead in some way")
    names = ["refuses", *RAW, *HTTP, *ELSEWHERE]
    if budget < 50:
        names = ["is silent", "redirects", *ELSEWHERE]
    if not processes.may_change_accounts():
        names.remove("has a name that nobody resolves")  # port 53, a mount
    times = []
    for index, name in enumerate(names):
        one(folder / f"peer-{index}", name, result, times)
        result.times += 1
    most = max(times)
    result.check(most < SLOW_MS, f"an answer took {most:.0f} ms")
    late = sum(one > WANTED_MS for one in times)
    middle = statistics.median(times)
    result.seen.append(", ".join(names))
    result.seen.append(f"answers: {middle:.0f} ms in the middle, at most {most:.0f}")
    result.seen.append(f"{late} of {len(times)} over {WANTED_MS} ms")
    return result
