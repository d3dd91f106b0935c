"""Requests a second through nginx and TLS, beside what else there is."""

from .engine import started
from .peers import Peers
from .table import row

# Of each peer: the least of ours that is wanted.
WANTED = {
    "bare": 1.5,
    "bare_kept": 0.9,
    "flask": 4,
    "webhook": 3,
    "nginx": None,
    "ours_unkept": None,
}
SAID = {
    "bare": "bare libfcgi responder, 4 threads",
    "bare_kept": "the same with kept connections, a thread for each",
    "flask": "Flask, 2 gunicorn workers",
    "webhook": "Debian's webhook",
    "nginx": "nginx `return 200`",
    "ours_unkept": "ourselves without kept connections",
}


def _say(load):
    errors = f", {load.errors} refused" if load.errors else ""
    return f"{load.rate:,.0f}/s, {load.p99:.1f} ms{errors}"


def _ask(peers, what, path, seconds, **options):
    names = {
        name: f"bare_{what}{name[4:]}" if name.startswith("bare") else name
        for name in WANTED
    }
    found = peers.compare(
        ["ours", *names.values()], path, seconds=seconds, **options
    )
    ours = found["ours"]
    for name, full in names.items():
        if full in found:
            yield row(
                f"{what}, 16 connections",
                _say(ours),
                f"{_say(found[full])}: {SAID[name]}",
                ours.rate / found[full].rate,
                least=WANTED[name],
            )
    names = ["ours", f"bare_{what}", f"bare_{what}_kept"]
    for connections in (16, 256):
        if connections != 16:
            found = peers.compare(
                names, path, seconds=seconds, connections=connections, **options
            )
        other = found[f"bare_{what}"]
        yield row(
            f"{what}, 99th percentile at {connections} connections",
            f"{found['ours'].p99:.1f} ms",
            f"{other.p99:.1f} ms: {SAID['bare']}",
            found["ours"].p99 / other.p99,
            most=1,
        )


def requests(folder, seconds):
    with started(folder / "requests", ["[[say x]]"] * 10) as instance:
        sizes = {
            "health": len(instance.request("GET", "/health").raw),
            "status": len(instance.post("/webhook/status").raw),
        }
        with Peers(folder / "peers", instance, sizes) as peers:
            yield from _ask(peers, "health", "/health", seconds)
            yield from _ask(
                peers,
                "status",
                "/webhook/status",
                seconds,
                post="{}",
                secret=instance.secret,
            )
