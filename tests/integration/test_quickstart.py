"""The demonstration agent, and the quickstart from the command to the end."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import pytest
from harness.terminal import Terminal

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
AGENT = SOURCE / "examples/demo-agent"
QUICKSTART = SOURCE / "examples/quickstart.sh"


def play(folder, prompt, *args):
    done = subprocess.run(
        [
            str(AGENT),
            "-p",
            "Do it.",
            "--output-format",
            "stream-json",
            "--verbose",
            "--session-id",
            "abc",
            *args,
        ],
        input=prompt,
        cwd=folder,
        text=True,
        timeout=30,
        stdout=subprocess.PIPE,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines


def test_it_really_does_what_it_is_told(tmp_path):
    code, lines = play(
        tmp_path,
        "Create a file a/b.txt containing:\n\n```\n"
        'x "y" \\z\n\n  é\n```\n'
        "Copy the file a/b.txt to c.txt.\n",
    )
    assert (tmp_path / "a/b.txt").read_text() == 'x "y" \\z\n\n  é\n'
    assert (tmp_path / "c.txt").exists()
    assert code == 0
    assert lines[0]["type"] == "system"
    result = lines[-1]
    assert (result["subtype"], result["is_error"]) == ("success", False)
    assert result["num_turns"] == 3
    assert "Wrote a/b.txt" in result["result"]


def test_it_fails_honestly(tmp_path):
    code, lines = play(tmp_path, "Write me a kernel.\n")
    assert code == 1
    assert lines[-1]["is_error"] is True
    assert "demonstration agent" in lines[-1]["result"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
def test_it_stays_inside_its_folder(tmp_path, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    code, _ = play(inner, f"Create a file {name} containing:\n```\nx\n```\n")
    assert code == 1
    assert not (tmp_path / "x").exists()


def test_an_instance_works_with_it(make_instance):
    instance = make_instance(agent=[str(AGENT), "-p"]).start()
    text = (SOURCE / "examples/example-tasks.md").read_text()
    (instance.tasks_dir / "example.md").write_text(text)
    answer = instance.post("/webhook/start", task_file="example.md")
    assert answer.code == 200, answer
    for number in (2, 3):
        instance.wait_task(number - 1, "completed")
        instance.wait_status("waiting_approval")
        instance.approve(task=number)
    instance.wait_status("completed")
    shopping = instance.work / "shopping"
    assert len((shopping / "list.txt").read_text().splitlines()) == 5
    assert (shopping / "count.txt").read_text().strip() == "5"
    assert "list.txt" in (shopping / "contents.txt").read_text()


def quickstart_env(tmp_path):
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }


def made_in(shown):
    """The folder of the instance, as the farewell names it."""
    return re.search(r"What was made, in (\S+):", shown)[1]


def left_running(folder):
    """Processes that know the folder by its name."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (
                    (entry / "cmdline").read_bytes().decode(errors="replace")
                )
            except OSError:
                continue
            if str(folder) in words:
                found.append((entry.name, words))
    return found


@pytest.fixture
def port_8443_taken():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8443))
            taken.listen()
        except OSError:
            pass  # by somebody else, which is as good
        yield


@pytest.fixture
def path_with_claude():
    """A PATH with a claude that would be seen if it ran; any account may."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-claude-"))
    folder.chmod(0o777)
    claude = folder / "claude"
    claude.write_text(f"#!/bin/sh\ntouch {folder}/ran\n")
    claude.chmod(0o755)
    yield f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"
    ran = (folder / "ran").exists()
    shutil.rmtree(folder)
    assert not ran


@pytest.mark.parametrize("made", [[], ["config.yaml"]])
def test_stop_removes_nothing_that_is_not_the_quickstarts(tmp_path, made):
    other, folder = tmp_path / "other", tmp_path / "folder"
    other.mkdir()
    folder.mkdir()
    (folder / "run").symlink_to(other)
    for name in made:
        (folder / name).write_text("")
    done = subprocess.run(
        [str(QUICKSTART), "--stop", str(folder)],
        text=True,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"quickstart: {folder} is no folder that the quickstart has made\n"
    )
    assert other.is_dir()


@pytest.fixture
def waiting():
    """A factory of processes that wait for a line, with more words."""
    running = []

    def start(*words):
        running.append(subprocess.Popen(
            ["bash", "-c", "read line", *words], stdin=subprocess.PIPE))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait(20)


def test_stop_removes_only_the_sockets_that_the_quickstart_made(
    tmp_path, waiting
):
    other, folder = tmp_path / "other", tmp_path / "a (folder)+"
    other.mkdir()
    (folder / "bin").mkdir(parents=True)
    (folder / "config.yaml").write_text("")
    shutil.copy(QUICKSTART, folder / "bin")
    (folder / "run").symlink_to(other)
    running = waiting("-c", f"{folder}/config.yaml")
    namesake = tmp_path / "elsewhere" / folder.name
    namesake.mkdir(parents=True)
    subprocess.run(
        [str(QUICKSTART), "--stop", f"{folder.name}/"],
        cwd=tmp_path,
        env={**os.environ, "CDPATH": str(namesake.parent)},
        check=True,
        timeout=60,
    )
    assert running.wait(20) != 0
    assert other.is_dir()


@pytest.mark.slow
@pytest.mark.timeout(620)
def test_quickstart_without_a_terminal(tmp_path):
    done = subprocess.run(
        [str(QUICKSTART)],
        env=quickstart_env(tmp_path),
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "demonstration agent" in done.stdout
    assert "approving" in done.stdout.lower()
    folder = made_in(done.stdout)
    assert "work/shopping/count.txt" in done.stdout
    assert "orchestrator init ~/my-project" in done.stdout
    state = json.loads(pathlib.Path(folder, "state.json").read_text())
    assert state["status"] == "completed"
    assert {t["status"] for t in state["tasks"]} == {"completed"}
    assert pathlib.Path(folder, "work/shopping/count.txt").exists()
    assert left_running(folder) == []
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.timeout(620)
def test_quickstart_asks_at_a_terminal(
    tmp_path, port_8443_taken, path_with_claude
):
    env = {**quickstart_env(tmp_path), "PATH": path_with_claude}
    shown = Terminal([str(QUICKSTART), "--keep"], cwd=tmp_path, env=env)
    try:
        shown.expect("Building", 250)
        shown.type("y\ny\nyy")  # nobody has been asked yet
        shown.expect("dangerously-skip-permissions", 300)
        shown.expect(r"Use it\? \[y\]es, \[n\]o:", 30)
        shown.type("n\n")
        shown.expect(r"https://localhost:(?!8443)\d+", 60)
        shown.expect(r"\[y\]es", 60)
        shown.type("y\n")
        shown.expect(r"\[y\]es", 60)
        shown.type("s\n")
        assert shown.wait(60) == 0
    finally:
        shown.close()
    folder = made_in(shown.text)
    (ask, *_, stop) = re.findall(rf"^ +({folder}/bin/.*)$", shown.text, re.M)[:3]
    try:
        told = subprocess.run(
            ["sh", "-c", ask], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        assert json.loads(told)["status"] == "completed"
        shown_line = re.search(r"^\$ (.* start '.*')$", shown.text, re.M)[1]
        assert shown_line == f"{folder}/bin/ask start '{{}}'"
    finally:
        # As tab completion writes it.
        subprocess.run(["sh", "-c", stop + "/"], check=True)
    state = json.loads(pathlib.Path(folder, "state.json").read_text())
    assert [t["status"] for t in state["tasks"]] == [
        "completed",
        "completed",
        "skipped",
        "completed",
    ]
    assert left_running(folder) == []
    shutil.rmtree(folder)
