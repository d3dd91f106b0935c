"""Locks: what lies in the way of a file, and who may write what is trusted."""

import fcntl
import json
import os
import socket
import subprocess

import pytest
from harness import fastcgi
from harness.instance import program


@pytest.mark.parametrize("kind", ["output.log", "stream.jsonl"])
def test_a_fifo_as_a_task_s_log_stops_nothing(instance, kind):
    os.mkfifo(instance.logs_dir / f"task-1-{kind}")
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_task(1, "completed")
    instance.wait_log("is no regular file")
    assert instance.cli("status", timeout=10).returncode == 0


def test_a_fifo_as_the_access_log_stops_nothing(make_instance, receiver):
    instance = make_instance(receiver=receiver)
    os.mkfifo(instance.logs_dir / "webhook-access.log")
    instance.start()
    for _ in range(8):
        assert instance.request("GET", "/health").code == 200


@pytest.mark.parametrize("name", ["config.yaml", ".env", "state.json"])
def test_a_fifo_in_the_place_of_a_file_is_named(make_instance, name):
    instance = make_instance()
    path = instance.folder / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    command = "status" if name == "state.json" else "check"
    said = instance.cli(command, timeout=10)
    assert said.returncode != 0
    text = said.stdout + said.stderr
    assert f"{path}" in text and "is no regular file" in text


def test_a_list_that_is_no_file_is_refused(instance):
    path = instance.tasks_dir / "list.md"
    os.mkfifo(path)
    for command in (["check", "--tasks"], ["start"]):
        said = instance.cli(*command, str(path), timeout=10)
        assert said.returncode == 1
        assert "is no regular file" in said.stdout + said.stderr
    answer = instance.post("/webhook/start", task_file="list.md")
    assert answer.code == 422, answer


def test_a_state_that_is_a_link_is_named_before_anything_starts(make_instance):
    instance = make_instance()
    elsewhere = instance.folder / "elsewhere.json"
    instance.state_file.symlink_to(elsewhere)
    for command in ("check", "doctor", "supervise"):
        said = instance.cli(command, timeout=60)
        assert said.returncode != 0
        assert "is a symbolic link" in said.stdout + said.stderr, command
    assert instance.state_file.is_symlink()


@pytest.mark.needs_root
def test_a_state_that_is_mounted_is_named_before_anything_starts(
    make_instance,
):
    instance = make_instance()
    instance.state_file.touch()
    other = instance.folder / "other.json"
    other.touch()
    for command in ("check", "doctor", "supervise"):
        said = subprocess.run(
            [
                "unshare",
                "-m",
                "sh",
                "-c",
                'mount --bind "$1" "$2" && shift 2 && exec "$@"',
                "sh",
                str(other),
                str(instance.state_file),
                program(),
                "-c",
                str(instance.config_file),
                command,
            ],
            env=instance.env,
            cwd=instance.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert said.returncode != 0
        assert "is mounted by itself" in said.stdout + said.stderr, command


def test_what_everybody_may_write_starts_nothing(make_instance):
    instance = make_instance()
    instance.tasks_dir.chmod(0o777)
    said = instance.cli("check")
    assert said.returncode == 1
    assert "paths.tasks_dir: " in said.stdout
    assert f"chmod o-w '{instance.tasks_dir}'" in said.stdout
    for command in ("supervise", "fcgi", "start"):
        said = instance.cli(command, timeout=20)
        assert said.returncode == 4, command
        assert "can be written to by every account" in said.stderr
    assert not instance.state_file.exists()


@pytest.mark.needs_root
@pytest.mark.parametrize("what", ["run_dir", "config_file", "tasks_dir"])
def test_what_belongs_to_claude_s_account_starts_nothing(make_instance, what):
    instance = make_instance(config={"claude": {"user": "nobody"}})
    instance.run_dir.mkdir(mode=0o700)
    os.chown(getattr(instance, what), 65534, -1)
    said = instance.cli("check")
    assert said.returncode == 1
    assert "belongs to claude.user ('nobody')" in said.stdout


@pytest.mark.needs_root
def test_a_group_with_others_in_it_is_not_trusted(make_instance):
    instance = make_instance()
    os.chown(instance.tasks_dir, 0, 65534)  # nogroup: nobody's own group
    instance.tasks_dir.chmod(0o775)
    said = instance.cli("check")
    assert said.returncode == 1
    assert "can be written to by its whole group" in said.stdout
    assert f"chmod g-w '{instance.tasks_dir}'" in said.stdout


@pytest.mark.needs_root
def test_nothing_is_sent_to_a_foreign_control_socket(make_instance):
    instance = make_instance()
    instance.run_dir.mkdir(mode=0o700)
    instance.write_tasks("[[say a]]")
    (instance.run_dir / "lock").touch()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(instance.run_dir / "control.sock"))
        os.seteuid(65534)
        try:
            door.listen(5)
        finally:
            os.seteuid(0)
        door.settimeout(0.2)
        with (instance.run_dir / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            said = instance.cli("start", "list.md", timeout=30)
        assert said.returncode != 0
        assert "another account's" in said.stderr, said
        with pytest.raises((TimeoutError, BlockingIOError)):
            while True:
                peer = door.accept()[0]
                peer.settimeout(0.2)
                assert peer.recv(1) == b""


def test_one_string_may_hold_several_chats(make_instance, receiver):
    instance = make_instance(
        receiver=receiver, config={"telegram": {"chat_id": "1,2"}}
    ).start()
    for chat, code in ((1, 200), ("2", 200), (3, 403), ("1,2", 403)):
        assert instance.post("/webhook/status", chat_id=chat).code == code


@pytest.mark.parametrize("length", [None, "", "-1"])
def test_a_body_in_chunks_has_no_length(instance, length):
    """What Caddy makes of `Transfer-Encoding: chunked`."""
    secret = json.dumps({"secret": instance.secret, "x": "y" * 3000}).encode()
    for body, code in ((secret, 200), (b"", 400), (b"x" * 70000, 413)):
        params = fastcgi.post_params("/webhook/status", body, length=length)
        if length is None:
            params = [p for p in params if p[0] != "CONTENT_LENGTH"]
        with fastcgi.connect(instance.socket) as link:
            link.sendall(fastcgi.opening(params))
            for at in range(0, len(body), 1000):
                link.sendall(fastcgi.body_record(body[at : at + 1000]))
            link.sendall(fastcgi.body_record(b""))
            assert fastcgi.read_answer(link).code == code
