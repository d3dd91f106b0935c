"""The demonstration agent, and the quickstart from the command to the end."""

import json
import os
import pathlib
import re
import shutil
import subprocess

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


@pytest.mark.slow
def test_quickstart_without_a_terminal(tmp_path):
    done = subprocess.run(
        [str(QUICKSTART)],
        env=quickstart_env(tmp_path),
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=280,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "demonstration agent" in done.stdout
    assert "approving" in done.stdout.lower()
    folder = re.search(r"state:\s+(\S+)/state\.json", done.stdout)[1]
    state = json.loads(pathlib.Path(folder, "state.json").read_text())
    assert state["status"] == "completed"
    assert {t["status"] for t in state["tasks"]} == {"completed"}
    assert pathlib.Path(folder, "work/shopping/count.txt").exists()
    assert left_running(folder) == []
    shutil.rmtree(folder)


@pytest.mark.slow
def test_quickstart_asks_at_a_terminal(tmp_path):
    shown = Terminal(
        [str(QUICKSTART)], cwd=tmp_path, env=quickstart_env(tmp_path)
    )
    try:
        shown.expect(r"\[y\]es", 250)
        shown.type("y\n")
        shown.expect(r"\[y\]es", 60)
        shown.type("s\n")
        assert shown.wait(60) == 0
    finally:
        shown.close()
    folder = re.search(r"state:\s+(\S+)/state\.json", shown.text)[1]
    state = json.loads(pathlib.Path(folder, "state.json").read_text())
    assert [t["status"] for t in state["tasks"]] == [
        "completed",
        "completed",
        "skipped",
        "completed",
    ]
    assert left_running(folder) == []
    shutil.rmtree(folder)
