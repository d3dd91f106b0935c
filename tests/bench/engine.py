"""What is not a request: durable writes, starts, output, lists, memory."""

import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

from harness import processes
from harness.instance import Instance, program
from harness.tasks import task_list
from harness.waiting import wait_for

from .table import row

HERE = pathlib.Path(__file__).resolve().parent


def middle(work, times):
    """The median of so many runs, in seconds."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def durable_write(folder, size):
    """What a change costs whoever stores it: write, fsync, rename, fsync."""
    fresh, path = folder / "raw.new", folder / "raw"
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(fd, b"x" * size)
    os.fsync(fd)
    os.close(fd)
    os.rename(fresh, path)
    fd = os.open(folder, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


@contextlib.contextmanager
def started(folder, tasks, *, agent=None, config=None, env=None, **options):
    """An instance whose list waits for its first approval."""
    if agent:
        options["agent"] = [str(agent), "-p"]
    instance = Instance(folder, config=config, env=env, **options)
    try:
        instance.start()
        instance.start_list(*tasks)
        yield instance
    finally:
        instance.close()


def build_agent(folder):
    agent = folder / "agent"
    subprocess.run(
        ["cc", "-O2", "-o", str(agent), str(HERE / "agent.c")], check=True
    )
    return agent


def commands(folder):
    """pause and resume while a task runs, 10 and 1,000 tasks in the list."""
    for count in (10, 1000):
        tasks = ["[[silent]]"] + ["[[say x]]"] * (count - 1)
        with started(folder / f"commands-{count}", tasks) as instance:
            instance.approve()
            instance.agent(1)
            size = instance.state_file.stat().st_size
            state = instance.state_file.parent

            def both(instance=instance):
                instance.post("/webhook/pause")
                instance.post("/webhook/resume")

            ours = middle(both, 15) / 2
            raw = middle(lambda s=state, n=size: durable_write(s, n), 30)
            ask = middle(lambda i=instance: i.post("/webhook/status"), 30)
            instance.post("/webhook/cancel")
        yield row(
            f"a command with {count:,} tasks, its HTTPS request taken off",
            f"{(ours - ask) * 1000:.1f} ms",
            f"{raw * 1000:.1f} ms: a durable write of {size:,} bytes",
            max(ours - ask, 0) / raw,
            most=1.5,
        )


def start(folder):
    """approve until the agent's first instruction."""
    agent = build_agent(folder)
    with started(folder / "start", ["x"] * 12, agent=agent) as instance:
        mark = instance.work / "started"
        state, found, size = instance.state_file.parent, [], 0
        for _ in range(10):
            mark.unlink(missing_ok=True)
            asked = time.time_ns()
            instance.approve()
            wait_for(mark.exists, 20, "the agent")
            wait_for(lambda: mark.read_text().endswith("\n"), 20, "its time")
            found.append(int(mark.read_text()) - asked)
            size = instance.state_file.stat().st_size
            instance.wait_status("waiting_approval")
        ask = middle(lambda: instance.post("/webhook/status"), 30)

        def by_hand():
            for _ in range(3):
                durable_write(state, size)
            subprocess.run(
                [str(agent)], cwd=state, stdout=subprocess.DEVNULL, check=True
            )

        raw = middle(by_hand, 15)
    ours = statistics.median(found) / 1e9 - ask
    yield row(
        "approve until the agent runs, its HTTPS request taken off",
        f"{ours * 1000:.1f} ms",
        f"{raw * 1000:.1f} ms: three durable writes and a spawn",
        ours / raw,
        most=1.5,
    )


def output(folder, size):
    """What an agent prints, until it is in the log and the task has ended."""
    agent = build_agent(folder)
    kinds = {
        "text": ({"BENCH_TEXT": "1"}, ["cat"], 0.6),
        "stream-json": ({}, ["jq", "-c", ".type"], 5),
    }
    for kind, (extra, peer, wanted) in kinds.items():
        env = {"BENCH_BYTES": str(size), **extra}
        config = {
            "claude": {"output_format": kind, "env": [f"{k}={v}" for k, v in env.items()]},
            "orchestrator": {"approval_mode": "auto"},
        }
        if not shutil.which(peer[0]):
            continue
        with started(
            folder / f"output-{kind}",
            ["x"],
            agent=agent,
            config=config,
            env=env,
        ) as instance:
            wait_for(
                lambda i=instance: i.state()["status"] == "completed",
                600,
                "the end",
                step=0.02,
            )
            task = instance.state()["tasks"][0]
            ours = time_of(task)
            peak = peak_memory(instance.supervisor().pid)
        out = folder / "peer.out"

        def by_peer(out=out, env=env, peer=peer):
            with out.open("wb") as file:
                left = subprocess.Popen(
                    [str(agent)], env=env, cwd=folder, stdout=subprocess.PIPE
                )
                subprocess.run(peer, stdin=left.stdout, stdout=file, check=True)
                left.stdout.close()
                left.wait()

        raw = middle(by_peer, 1)
        out.unlink()
        yield row(
            f"{size >> 20:,} MiB of {kind}, logged",
            f"{size / ours / 1e6:,.0f} MB/s, {peak >> 10} MiB at most",
            f"{size / raw / 1e6:,.0f} MB/s: {' '.join(peer)}",
            raw / ours,
            least=wanted,
        )


def time_of(task):
    return max(task["duration_ms"], 1) / 1000


def peak_memory(pid):
    """KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def lists(folder):
    """A list of 1,000 tasks, read; and the shortest command there is."""
    text = task_list(*[f"Do {number}. " + "word " * 60 for number in range(1000)])
    path = folder / "long.md"
    path.write_text(text)
    build = pathlib.Path(os.environ["ORCHESTRATOR_BUILD"])
    source = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
    reader = folder / "reader"
    libraries = "json-c libsodium libcmark"
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", *libraries.split()],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout.split()
    made = (build / "Makefile").read_text()
    sanitizers = set(re.findall(r"-fsanitize=\S+", made))
    subprocess.run(
        [
            *("cc", "-O2", *sanitizers, f"-I{source / 'src'}"),
            *("-o", str(reader), str(HERE / "reader.c")),
            *(str(build / "libcore.a"), *flags),
        ],
        check=True,
    )
    ours, raw = (
        float(number)
        for number in subprocess.run(
            [str(reader), str(path)],
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        ).stdout.split()
    )
    yield row(
        f"a list of 1,000 tasks, {len(text) >> 10} KiB",
        f"{ours:.1f} ms",
        f"{raw:.1f} ms: libcmark, to HTML",
        ours / raw,
        most=2,
    )


def shortest(folder):
    instance = Instance(folder / "shortest")
    try:

        def quiet(*argv):
            subprocess.run(
                argv,
                cwd=instance.folder,
                env=instance.env,
                stdout=subprocess.DEVNULL,
                check=True,
            )

        config = str(instance.config_file)
        ours = middle(lambda: quiet(program(), "-c", config, "status"), 20)
        python = middle(lambda: quiet("/usr/bin/python3", "-c", "pass"), 20)
    finally:
        instance.close()
    yield row(
        "orchestrator status",
        f"{ours * 1000:.1f} ms",
        f"{python * 1000:.1f} ms: python3 -c pass",
        ours / python,
        most=1 / 3,
    )


def idle(folder, seconds):
    """Nothing to do: memory, and how often anything of it woke up."""
    with started(folder / "idle", ["[[say x]]"] * 10) as instance:
        instance.request("GET", "/health")
        mine = [p.pid for p in instance.mine() if not p.zombie]
        pss = sum(proportional(pid) for pid in mine)
        before = sum(wakeups(pid) for pid in mine)
        time.sleep(seconds)
        woke = sum(wakeups(pid) for pid in mine) - before
    yield row(
        f"memory of {len(mine)} processes, proportional",
        f"{pss / 1024:.1f} MiB",
        "10 MiB",
        pss / 1024 / 10,
        most=1,
    )
    yield row(f"wake-ups in {seconds} idle seconds", str(woke), "", None)


def proportional(pid):
    """KiB. Only root may look into ours: else all that is resident, which is
    never less."""
    folder = pathlib.Path(f"/proc/{pid}")
    try:
        text, key = (folder / "smaps_rollup").read_text(), "Pss:"
    except PermissionError:
        text, key = (folder / "status").read_text(), "VmRSS:"
    return sum(
        int(line.split()[1])
        for line in text.splitlines()
        if line.startswith(key)
    )


def wakeups(pid):
    total = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total
