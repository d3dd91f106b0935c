"""`orchestrator doctor`: one fault is seeded, and the one line that names it,
with its mend, is there."""

import os
import pwd
import re
import shutil
import subprocess

import pytest
from harness import claude
from harness.doctor import (  # noqa: F401
    Findings,
    look,
    nginx_conf,
    open_folder,
    quiet,
    served,
)
from harness.instance import SECRET, program
from harness.waiting import wait_for

NOBODY = "nobody"


def test_all_is_well(served):
    found = look(served, *nginx_conf(served), "--notify")
    assert found.code == 0, found.text
    assert found.one("answer").startswith("ok: Claude answered in ")
    assert found.one("nginx") == "ok: the site is enabled"
    assert found.one("webhooks") == (
        f"ok: https://localhost:{served.nginx.port} takes the secret"
    )
    assert found.one("notification").startswith("ok: n8n took a test")
    assert found.one("supervisor").startswith("ok: process ")
    (test,) = [p for p in served.receiver.taken() if p["event"] == "test"]
    assert served.receiver.deliveries[-1].verified(SECRET)
    assert test["type"] == "info"


def test_nothing_is_sent_to_n8n_unasked(served):
    look(served, *nginx_conf(served))
    assert "test" not in served.receiver.events()


def test_it_changes_nothing(quiet):
    before = sorted(quiet.folder.rglob("*"))
    look(quiet)
    new = set(quiet.folder.rglob("*")) - set(before)
    # What Claude itself leaves in its own two folders.
    assert {p for p in new if quiet.work not in p.parents} <= set(
        quiet.home.iterdir()
    )


# -- secrets and n8n ---------------------------------------------------------


def test_a_wrong_header_for_n8n(served):
    served.receiver.answers = [403]
    found = look(served, *nginx_conf(served), "--notify")
    assert found.one("notification") == (
        "fail: n8n refuses it (403): webhooks.notify_header (X-Notify-Secret, "
        "and N8N_NOTIFY_SECRET of .env) must be the name and value of the "
        "Header Auth credential of n8n's webhook node"
    )


def test_n8n_is_down(make_instance, receiver):
    instance = make_instance(receiver=receiver)
    receiver.down()
    found = look(instance)
    assert re.match(
        r"fail: http://127.0.0.1:\d+ cannot be reached: .*: does it run there,"
        r" is N8N_NOTIFY_URL in .env right",
        found.one("n8n"),
    )


# -- Claude ------------------------------------------------------------------


def test_claude_is_not_there(quiet):
    quiet.write_config(claude={"command": "no-such-claude -p"})
    found = look(quiet)
    assert found.one("claude").startswith(
        "fail: cannot start 'no-such-claude': there is no such program in "
        "PATH: install it (npm install -g @anthropic-ai/claude-code), or "
        "CLAUDE_CLI_PATH="
    )
    assert found.of("answer") == []


def test_claude_is_not_logged_in(
    make_instance, api, claude_program, claude_release
):
    off = {"webhooks": {"enabled": False}}
    instance = make_instance(agent="claude", api=api, config=off)
    api.respond = lambda request: "[[status 401]]"
    found = look(instance)
    assert found.one("claude").startswith(f"ok: {claude_release} (Claude")
    assert found.one("answer").startswith("fail: Claude is not logged in")
    assert ": log in as '" in found.one("answer")


def test_the_real_claude_answers(make_instance, api, claude_program):
    off = {"webhooks": {"enabled": False}}
    found = look(make_instance(agent="claude", api=api, config=off))
    assert found.one("answer").startswith("ok: Claude answered in")


def fake_claude(instance, script):
    path = instance.folder / "fake-claude"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    instance.write_config(claude={"command": f"{path} -p"})


def test_claude_is_too_old(quiet):
    fake_claude(quiet, "echo '1.0.3 (Claude Code)'")
    assert look(quiet).one("claude") == (
        "fail: 1.0.3 (Claude Code) is too old: it does not know --session-id: "
        "npm install -g @anthropic-ai/claude-code@latest"
    )


KNOWN = "--session-id --fork-session --output-format --json-schema --tools "
KNOWN += "--strict-mcp-config"


@pytest.mark.parametrize(
    ("version", "is_what"), [("2.1.196", "older"), ("3.0.0", "newer")]
)
def test_claude_is_not_one_that_is_tested_with(quiet, version, is_what):
    fake_claude(quiet, f"echo '{version} (Claude Code)' '{KNOWN}'")
    line = look(quiet).one("claude")
    assert line.startswith(f"warn: {version} (Claude Code)"), line
    assert (
        f"is {is_what} than the releases that this one is tested with, "
        f"{claude.OLDEST} to {claude.NEWEST}: " in line
    )


def test_what_claude_may_do_is_said(quiet):
    line = look(quiet).one("permissions")
    assert line.startswith("ok: skip: Claude may do whatever its account may")


def test_claude_is_too_old_for_plans(quiet):
    known = "--session-id --fork-session --output-format"
    fake_claude(quiet, f"echo '2.0.1 (Claude Code)' '{known}'")
    assert look(quiet).of("claude")[0] == (
        f"warn: 2.0.1 (Claude Code) {known} is too old for plans: it does not "
        "know --json-schema: npm install -g @anthropic-ai/claude-code@latest"
    )


def test_claude_cannot_run_here(quiet):
    fake_claude(quiet, "echo 'no such instruction' >&2; exit 3")
    line = look(quiet).one("claude")
    assert "failed (exit status 3): no such instruction: install it anew" in (
        line
    )


@pytest.mark.needs_root
def test_the_workdir_belongs_to_another(quiet, open_folder):
    quiet.write_config(claude={"user": NOBODY, "workdir": str(open_folder)})
    line = look(quiet).one("workdir")
    assert line == (
        f"fail: Claude, as 'nobody', cannot work in '{open_folder}': "
        f"Permission denied: chown -R nobody: {open_folder}, or another "
        "claude.user or claude.workdir"
    )
    os.chown(open_folder, pwd.getpwnam(NOBODY).pw_uid, -1)
    assert look(quiet).one("workdir") == f"ok: {open_folder}"


@pytest.mark.needs_root
def test_a_folder_above_the_workdir_is_closed_to_claude(quiet, open_folder):
    """As below /root: a chown of the workdir mends nothing."""
    closed = open_folder / "closed"
    work = closed / "work"
    work.mkdir(parents=True)
    closed.chmod(0o700)
    os.chown(work, pwd.getpwnam(NOBODY).pw_uid, -1)
    quiet.write_config(claude={"user": NOBODY, "workdir": str(work)})
    found = look(quiet)
    assert found.one("workdir") == (
        f"fail: Claude, as 'nobody', cannot enter '{closed}': Permission "
        "denied: a claude.workdir elsewhere (below /srv), or let 'nobody' into "
        f"'{closed}' (chmod o+x)"
    )
    assert found.one("claude") == (
        "warn: not asked: 'nobody' cannot enter its folder: mend that first"
    )
    assert found.of("answer") == []


def test_claudes_account_is_not_there(quiet):
    """Nobody else is Claude in its place, and no mend names another."""
    fake_claude(quiet, f"touch {quiet.folder}/ran")
    quiet.write_config(claude={"user": "no-such-account"})
    found = look(quiet)
    assert "claude.user: " in found.one("configuration")
    assert found.one("claude") == (
        "warn: not asked: claude.user has a fault: mend that first"
    )
    assert found.of("workdir") == found.of("answer") == []
    assert not (quiet.folder / "ran").exists()


def test_that_claude_has_our_account_is_told_once(quiet):
    found = look(quiet)
    told = [text for _, _, text in found.lines if "approve itself" in text]
    assert len(told) == 1, told


@pytest.mark.needs_root
def test_another_account_that_waits_for_a_restart_is_told(served):
    assert served.post("/webhook/status").code == 200
    assert "until it is started anew" not in look(served).text
    served.write_config(claude={"user": NOBODY})
    assert look(served).of("claude.user")[0].startswith(
        "warn: the supervisor runs Claude as 'root' until it is started anew, "
        "not as 'nobody': systemctl "
    )


@pytest.mark.needs_root
def test_claudes_account_can_read_the_secrets(quiet, open_folder):
    for name in ".env", "config.yaml":
        shutil.copy(quiet.folder / name, open_folder)
    env = open_folder / ".env"
    os.chown(env, -1, pwd.getpwnam(NOBODY).pw_gid)
    env.chmod(0o640)
    quiet.config_file = open_folder / "config.yaml"
    quiet.write_config(
        claude={"user": NOBODY, "workdir": str(open_folder)}
    )
    assert look(quiet).one(".env") == (
        f"fail: Claude's account may read it (mode 0640): chmod 600 {env}"
    )
    os.chown(env, pwd.getpwnam(NOBODY).pw_uid, 0)
    env.chmod(0o600)
    assert look(quiet).one("configuration").startswith(
        f"fail: {quiet.config_file}: '{env}' belongs to claude.user"
    )


def test_the_supervisors_environment_is_taken_with_care(quiet):
    """Its account must not become root by what root's libraries read."""
    keys = quiet.folder / "keys"
    quiet.write_config(
        webhooks={"enabled": False, "n8n_notify_url": "http://127.0.0.1:9/x"},
        claude={"env": ["SSLKEYLOGFILE"]},
    )
    supervisor = subprocess.Popen(
        [program(), "-c", str(quiet.config_file), "supervise"],
        cwd=quiet.folder,
        env={**quiet.env, "SSLKEYLOGFILE": str(keys)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(quiet.run_dir.exists, 20)
        wait_for(quiet.control_answers, 20)
        keys.unlink(missing_ok=True)
        assert look(quiet).one("supervisor").startswith("ok: process ")
        assert not keys.exists()
    finally:
        supervisor.terminate()
        supervisor.wait(30)


@pytest.mark.needs_root
def test_root_runs_nothing_for_another_account(quiet, open_folder):
    """Whoever writes config.yaml must not become root by root's doctor."""
    ran = open_folder / "ran"
    quiet.write_config(
        claude={
            "command": ["/bin/sh", "-c", f"touch {ran}"],
            "output_format": "text",
            "user": "root",
        }
    )
    os.chown(quiet.config_file, pwd.getpwnam(NOBODY).pw_uid, -1)
    assert look(quiet).one("claude").startswith(
        f"warn: not asked: '{quiet.config_file}' is not root's, and says to "
        "run it as 'root': "
    )
    assert not ran.exists()
    os.chown(quiet.config_file, 0, -1)
    look(quiet)
    assert ran.exists()


# -- files -------------------------------------------------------------------


def test_everybody_can_read_the_secrets(quiet):
    env = quiet.folder / ".env"
    env.chmod(0o644)
    assert look(quiet).one(".env") == (
        "fail: everybody on this machine may read it (mode 0644): "
        f"chmod 600 {env}"
    )


def test_the_state_is_not_valid(quiet):
    quiet.state_file.write_text("{")
    line = look(quiet).one("state")
    assert line.startswith(f"fail: '{quiet.state_file}' is not valid: ")
    assert line.endswith(
        ": put a backup in its place, or let the next start keep it aside and "
        "begin a new one"
    )


def test_the_state_cannot_be_read(quiet):
    quiet.state_file.mkdir()
    line = look(quiet).one("state")
    assert line.startswith("fail: ")
    assert str(quiet.state_file) in line
    assert "nothing starts before it can be read" in line


@pytest.mark.needs_root
def test_the_run_folder_cannot_be_written(quiet, open_folder):
    run = open_folder / "run"
    run.mkdir(mode=0o500)
    os.chown(run, pwd.getpwnam(NOBODY).pw_uid, -1)
    quiet.write_config(paths={"run_dir": str(run)})
    wanted = (
        f"fail: paths.run_dir: 'nobody' cannot write to '{run}': Permission "
        "denied: "
    )

    def mend():
        found = look(quiet).of("folders")
        (line,) = (x for x in found if x.startswith(wanted))
        return line.removeprefix(wanted)

    assert mend() == f"chmod u+rwx {run}"
    run.chmod(0o700)
    assert not any("run_dir" in x for x in look(quiet).of("folders"))


@pytest.mark.needs_root
def test_a_folder_that_is_missing_leaves_the_one_above_alone(
    quiet, open_folder
):
    run = open_folder / "run"
    run.mkdir(mode=0o700)
    os.chown(run, pwd.getpwnam(NOBODY).pw_uid, -1)
    logs = open_folder / "logs"
    quiet.write_config(paths={"run_dir": str(run), "logs_dir": str(logs)})
    assert (
        f"fail: paths.logs_dir: 'nobody' cannot write to '{open_folder}': "
        f"Permission denied: install -d -m 750 -o nobody {logs}"
    ) in look(quiet).of("folders")


@pytest.mark.needs_root
def test_a_plan_has_nowhere_to_go(quiet, open_folder):
    run = open_folder / "run"
    run.mkdir(mode=0o700)
    os.chown(run, pwd.getpwnam(NOBODY).pw_uid, -1)
    tasks = open_folder / "tasks"
    tasks.mkdir(mode=0o755)
    quiet.write_config(paths={"run_dir": str(run), "tasks_dir": str(tasks)})
    assert (
        f"warn: paths.tasks_dir: 'nobody' cannot write a plan's list to "
        f"'{tasks}': Permission denied: chown nobody: {tasks}"
    ) in look(quiet).of("folders")


@pytest.mark.needs_root
def test_the_disk_is_full(quiet):
    logs = quiet.logs_dir
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c"]
        + ['mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"', "sh"]
        + [str(logs), program(), "-c", str(quiet.config_file), "doctor"],
        env=quiet.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    line = Findings(done).one("disk")
    assert line.startswith(f"fail: 0 MiB are free in '{logs}': make room on")


# -- the services ------------------------------------------------------------


def test_the_supervisor_of_somebody_else_is_down(quiet):
    quiet.write_config(server={"supervisor": "external"})
    assert look(quiet).one("supervisor").startswith(
        "fail: none runs, and server.supervisor is external: systemctl "
    )


@pytest.mark.needs_root


# -- configuration and usage -------------------------------------------------


def test_each_fault_of_the_configuration_is_a_line(quiet):
    quiet.config_file.write_text("nonsense: 1\nserver: {port: x}\n")
    found = look(quiet)
    assert len(found.of("configuration")) >= 2
    assert found.of("configuration") == [
        f"{grade}: {text}" for grade, _, text in found.lines
    ]
    assert all(line.startswith("fail: ") for line in found.of("configuration"))


@pytest.mark.needs_root
def test_without_the_right_to_look(quiet, open_folder):
    for name in ".env", "config.yaml":
        shutil.copy(quiet.folder / name, open_folder)
    nobody = str(pwd.getpwnam(NOBODY).pw_uid)
    done = subprocess.run(
        ["setpriv", f"--reuid={nobody}", "--clear-groups", program(), "doctor"],
        cwd=open_folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Permission denied: sudo orchestrator doctor\n" in done.stdout


def test_no_configuration(quiet):
    quiet.config_file.unlink()
    assert "make a project with orchestrator init" in look(quiet).one(
        "configuration"
    )


@pytest.mark.parametrize(
    "words", [("x",), ("--url", "http://plain.example")]
)
def test_wrong_usage(words, quiet):
    done = quiet.cli("doctor", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("orchestrator: doctor: ")
