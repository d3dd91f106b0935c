"""What Claude is started with, seen from inside: nothing of ours leaks."""

import os
import pwd
import subprocess

import pytest
from harness.instance import AGENT, SECRET
from harness.tasks import Task

ALLOWED = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "TZ",
    "TERM",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "ORCHESTRATOR_ATTEMPT",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
}
PREFIXES = ("LC_", "XDG_", "ANTHROPIC_", "CLAUDE_")
NOISE = {
    "LEAK_ME": "1",
    "WEBHOOK_SECRET": SECRET,
    "ANTHROPIC_API_KEY": "sk-x",
    "CLAUDE_CODE_X": "1",
    "LC_ALL": "C.UTF-8",
    "XDG_CACHE_HOME": "/x",
    "TZ": "UTC",
    "LD_LIBRARY_PATH": "/x",
    "NOTIFY_SOCKET": "/x",
    "LISTEN_FDS": "1",
    "https_proxy": "http://x",
    "PASS_ME": "passed",
}


def run_agent(instance, *items):
    instance.start_list(*(items or ("[[say a]]",)))
    instance.approve()
    seen = instance.agent(1)
    instance.wait_status("completed")
    return seen


def test_only_0_1_2_are_open(instance):
    seen = run_agent(instance)
    assert sorted(seen["fds"]) == ["0", "1", "2"], seen["fds"]


def test_environment_is_scrubbed(make_instance):
    config = {"claude": {"env": ["PASS_ME", "SET_ME=a=b", "FROM_DOTENV"]}}
    instance = make_instance(config=config, env=NOISE)
    with (instance.folder / ".env").open("a") as env:
        env.write("FROM_DOTENV=dotted\nNOT_LISTED=secret\n")
    seen = run_agent(instance.start())["env"]
    extra = {"PASS_ME", "SET_ME", "FROM_DOTENV"}
    strangers = [
        name
        for name in seen
        if name not in ALLOWED | extra and not name.startswith(PREFIXES)
    ]
    assert strangers == []
    assert seen["PASS_ME"] == "passed"
    assert seen["SET_ME"] == "a=b"
    assert seen["FROM_DOTENV"] == "dotted"
    assert seen["ANTHROPIC_API_KEY"] == "sk-x"
    assert seen["https_proxy"] == "http://x"
    assert seen["ORCHESTRATOR_ATTEMPT"]
    assert SECRET not in str(seen)


def test_each_attempt_has_an_id_of_its_own(instance):
    first = run_agent(instance)["env"]["ORCHESTRATOR_ATTEMPT"]
    instance.post("/webhook/retry")
    second = instance.agent(2)["env"]["ORCHESTRATOR_ATTEMPT"]
    instance.wait_status("completed")
    assert first != second


def test_nothing_of_the_task_is_in_the_arguments(instance):
    marker = "marker-of-the-task"
    task = Task(
        f"T {marker}",
        f"do {marker}",
        description=f"D {marker}",
        criteria=[f"C {marker}"],
        type="general",
    )
    seen = run_agent(instance, task)
    assert marker not in " ".join(seen["argv"])
    for text in (f"T {marker}", f"do {marker}", f"D {marker}", f"C {marker}"):
        assert text in seen["prompt"]


def test_arguments_are_command_instruction_flags_ours(make_instance):
    config = {
        "claude": {
            "command": f"{AGENT} -p 'two words'",
            "flags": ["--model", "x y"],
        }
    }
    instance = make_instance(config=config).start()
    argv = run_agent(instance)["argv"][1:]
    assert argv[:2] == ["-p", "two words"]
    assert argv[3:5] == ["--model", "x y"]
    ours = argv[5:]
    assert ours[ours.index("--output-format") + 1] == "stream-json"
    assert "--verbose" in ours
    ident = ours[ours.index("--session-id") + 1]
    assert ident == instance.task(1)["agent_session_id"]


def test_the_prompt_is_verbatim(instance):
    instruction = (
        "Line one  with  blanks\n\n```\n## Task 9: not a task\n---\n"
        "**Type:** x\n```\n**Important:** ünï `$HOME` $(id) \\n"
    )
    seen = run_agent(instance, Task("T", instruction))
    assert instruction.strip() in seen["prompt"]


def test_working_folder_and_signals(instance):
    seen = run_agent(instance)
    assert seen["cwd"] == str(instance.work)
    assert int(seen["status"]["SigBlk"], 16) == 0
    ignored = int(seen["status"]["SigIgn"], 16)
    sigpipe_and_sigxfsz = (1 << 12) | (1 << 24)
    assert ignored & ~sigpipe_and_sigxfsz == 0, "python ignores these two"


# -- claude.user: needs root -----------------------------------------------

needs_root = pytest.mark.needs_root


@pytest.fixture(scope="module")
def account():
    """An account that is not ours: Debian's own `daemon`."""
    return pwd.getpwnam("daemon")


@pytest.fixture
def other_user(make_instance, account, tmp_path):
    """An instance that runs its agent as that account."""
    config = {
        "claude": {
            "user": account.pw_name,
            "env": [f"HOME={tmp_path / 'i1' / 'home'}"],
        }
    }
    instance = make_instance(config=config)
    instance.give_work_to(account)
    return instance


@needs_root
def test_claude_user_is_that_account_and_nothing_more(other_user, account):
    seen = run_agent(other_user.start())
    status = seen["status"]
    assert status["Uid"].split() == [str(account.pw_uid)] * 4
    assert status["Gid"].split() == [str(account.pw_gid)] * 4
    assert set(status["Groups"].split()) <= {
        str(g) for g in os.getgrouplist(account.pw_name, account.pw_gid)
    }
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert sorted(seen["fds"]) == ["0", "1", "2"]
    assert seen["env"]["USER"] == account.pw_name
    assert seen["env"]["LOGNAME"] == account.pw_name


@needs_root
def test_claude_user_gets_its_own_home_and_shell(
    make_instance, other_user, account
):
    other_user.write_config(claude={"env": []})
    other_user.write_config(
        claude={
            "output_format": "text",
            "command": ["sh", "-c", "env > env; cat > /dev/null"],
        }
    )
    other_user.start()
    other_user.start_list("x")
    other_user.approve()
    other_user.wait_status("completed")
    env = dict(
        line.split("=", 1)
        for line in (other_user.work / "env").read_text().splitlines()
    )
    assert env["HOME"] == account.pw_dir
    assert env["SHELL"] == account.pw_shell


@needs_root
def test_claude_user_can_read_neither_secret_nor_state(other_user):
    folder = other_user.folder
    script = (
        f"[[run cat {folder}/.env {folder}/state.json "
        f"{folder}/orchestrator_logs/*.log > got 2>/dev/null; "
        f"ls {folder}/run >> got; true]]"
    )
    other_user.start()
    run_agent(other_user, script)
    assert (other_user.work / "got").read_text() == ""


@needs_root
def test_what_another_account_started_is_ended_too(other_user):
    other_user.start()
    other_user.start_list("[[daemon sleep 600]] [[silent]]", "[[say b]]")
    other_user.approve()
    other_user.agent(1)
    assert other_user.post("/webhook/cancel").code == 200
    other_user.wait_status("waiting_approval")
    assert not other_user.attempt_processes()


def test_claude_user_is_refused_with_the_reason_where_it_may_not(make_instance):
    instance = make_instance(config={"claude": {"user": "no-such-account"}})
    done = instance.cli("check")
    assert done.returncode == 1
    assert "claude.user" in done.stdout and "no-such-account" in done.stdout


@needs_root
def test_an_ordinary_supervisor_may_not_switch(
    make_instance, account, tmp_path
):
    """The supervisor itself runs as another account than claude.user."""
    nobody = pwd.getpwnam("nobody")
    instance = make_instance(config={"claude": {"user": account.pw_name}})
    instance.give_work_to(account)
    subprocess.run(
        ["chown", "-R", str(nobody.pw_uid), str(instance.folder)], check=True
    )
    binary = os.environ["ORCHESTRATOR_BIN"]
    done = subprocess.run(
        [
            "setpriv",
            f"--reuid={nobody.pw_uid}",
            "--clear-groups",
            "--",
            binary,
            "-c",
            str(instance.config_file),
            "supervise",
        ],
        env=instance.env,
        cwd=instance.folder,
        text=True,
        timeout=30,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 4
    assert "claude.user" in done.stderr
