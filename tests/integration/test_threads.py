"""The responder's threads under ThreadSanitizer: requests, reloads that change
the time zone, and the start of a supervisor, all at once."""

import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess

import pytest
from harness import instance as harness_instance

BUILD = pathlib.Path(os.environ.get("ORCHESTRATOR_BUILD", "."))
SOURCE = pathlib.Path(os.environ.get("ORCHESTRATOR_SOURCE", "."))

# gcc 12's ThreadSanitizer does not know pthread_clockjoin_np(3): it takes a
# thread that was joined by it for one that nobody waits for. These three of the
# main thread release what is left, after all others were joined. Nor that who
# gets an event by epoll_wait(2) comes after who asked for it by EPOLL_CTL_MOD:
# what arm() asks for, another thread may take and close at once.
SUPPRESSIONS = (
    "thread:start_thread\nrace:^run$\nrace:^lobby_close$\nrace:^release$\n"
    "race:^arm$\n"
)


@pytest.fixture(scope="module")
def threads_program(tmp_path_factory):
    """The program, built once more; configured as the one under test is."""
    folder = tmp_path_factory.mktemp("tsan")
    shutil.copy(BUILD / "config.h", folder)
    (folder / "src" / "door").mkdir(parents=True)
    shutil.copy(BUILD / "src/door/init_texts.c", folder / "src/door")
    sources = [
        path
        for path in (SOURCE / "src").rglob("*.c")
        if path.name != "init_texts.c"
    ]
    sources.append(folder / "src/door/init_texts.c")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "json-c", "libsodium", "yaml-0.1"],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout.split()
    compile_one = [
        "cc",
        "-std=gnu17",
        "-O1",
        "-g1",
        "-fsanitize=thread",
        "-include",
        "config.h",
        f"-I{folder}",
        f"-I{SOURCE / 'src'}",
        *flags,
    ]

    def compiled(number, path):
        out = folder / f"{number}.o"
        subprocess.run([*compile_one, "-c", path, "-o", out], check=True)
        return out

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compiled, range(len(sources)), sources))
    libraries = subprocess.run(
        [
            "pkg-config",
            "--libs",
            *("json-c libcmark libsodium yaml-0.1 libcurl fcgi").split(),
            "libseccomp",
        ],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout.split()
    program = folder / "orchestrator"
    subprocess.run(
        ["cc", "-fsanitize=thread", "-o", program, *objects, *libraries],
        check=True,
    )
    return program


def test_no_data_race(make_instance, threads_program, tmp_path, monkeypatch):
    monkeypatch.setattr(
        harness_instance, "program", lambda: str(threads_program)
    )
    suppressions = tmp_path / "suppressions"
    suppressions.write_text(SUPPRESSIONS)
    options = (
        f"log_path={tmp_path}/race:exitcode=66:suppressions={suppressions}"
    )
    instance = make_instance(env={"TSAN_OPTIONS": options}).start()
    instance.start_list("[[say one]]")

    def ask(number):
        paths = "/webhook/status", "/webhook/logs", "/webhook/pause"
        return instance.post(paths[number % 3]).code

    def reload(zone):
        instance.write_config(orchestrator={"timezone": zone})
        instance.responder.send_signal(signal.SIGHUP)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, number) for number in range(90)]
        for zone in ("Asia/Tokyo", "UTC", "Europe/Berlin", "UTC"):
            reload(zone)
            answers += [pool.submit(ask, number) for number in range(30)]
    assert {a.result() for a in answers} <= {200, 409}
    instance.stop_supervisor()
    instance.wait_healthy()
    reload("Asia/Tokyo")
    instance.stop_responder()
    instance.stop_supervisor()
    reports = [path.read_text() for path in tmp_path.glob("race.*")]
    assert not reports, "\n".join(reports)[:6000]
