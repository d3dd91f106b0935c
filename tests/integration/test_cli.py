"""The command line: what it prints, where, and with which exit code."""

import json
import re
import os
import subprocess

import pytest
from harness import processes
from harness.instance import program
from harness.waiting import wait_for

COMMANDS = [
    "run",
    "fcgi",
    "supervise",
    "start",
    "approve",
    "pause",
    "resume",
    "skip",
    "retry",
    "cancel",
    "stop",
    "allow",
    "always",
    "deny",
    "answer",
    "rollback",
    "raise",
    "status",
    "tasks",
    "show",
    "output",
    "diff",
    "logs",
    "help",
    "check",
]


def run(*args, **options):
    return subprocess.run(
        [program(), *args],
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_version_and_help():
    version = run("--version")
    assert version.returncode == 0
    assert version.stdout.startswith("orchestrator ")
    shown = run("--help")
    assert shown.returncode == 0 and shown.stderr == ""
    for command in COMMANDS:
        assert command in shown.stdout, command


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command):
    shown = run(command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert command in shown.stdout
    assert run("help", command).stdout == shown.stdout


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["frobnicate"],
        ["--frob"],
        ["status", "--frob"],
        ["status", "extra"],
        ["-c"],
        ["approve", "--task"],
        ["approve", "--task", "x"],
        ["logs", "many"],
        ["logs", "0"],
        ["check", "--tasks"],
        ["run", "--task-file"],
        ["help", "frobnicate"],
    ],
    ids=str,
)
def test_usage_errors_are_2(make_instance, args):
    done = make_instance().cli(*args)
    assert done.returncode == 2, done
    assert done.stdout == "" and done.stderr.startswith("orchestrator: ")


@pytest.mark.parametrize(
    "args, said",
    [
        ([], "want a command; see orchestrator --help"),
        (["run", "a.md"], "run: a list is named by --task-file, not by 'a.md'"),
        (["check", "a.md"], "check: a list is named by --tasks, not by 'a.md'"),
        (["doctor", "a.md"], "doctor: cannot take 'a.md'"),
    ],
)
def test_a_word_too_many_is_told_where_it_belongs(make_instance, args, said):
    done = make_instance().cli(*args)
    assert done.returncode == 2
    assert done.stderr.startswith(f"orchestrator: {said}"), done


def test_reading_starts_nothing_and_needs_nobody(make_instance):
    instance = make_instance()
    for command in ("status", "tasks", "logs", "help"):
        done = instance.cli(command)
        assert (done.returncode, done.stderr) == (0, ""), done
    assert instance.supervisor() is None
    assert not instance.mine()


def test_json_is_exactly_the_http_body(instance):
    instance.start_list("[[say a]]")
    for command in ("status", "tasks", "help"):
        done = instance.cli("--json", command)
        assert done.returncode == 0
        here, there = (
            json.loads(done.stdout),
            instance.post(f"/webhook/{command}").json,
        )
        for volatile in (
            "runtime_seconds",
            "undelivered",
            "undelivered_error",
        ):
            here.pop(volatile, None)
            there.pop(volatile, None)
        if command == "status":
            here.pop("message"), there.pop("message")
        assert here == there
    done = instance.cli("--json", "resume")
    assert done.returncode == 1
    body = json.loads(done.stdout)
    assert (body["status"], body["error"]) == ("error", "conflict")


def test_refusals_are_1_on_standard_error(instance):
    done = instance.cli("approve")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("orchestrator: ")


def test_a_whole_session_by_commands(make_instance):
    instance = make_instance()
    instance.write_tasks("[[say a]]", "[[say b]]", "[[say c]]", name="day.md")
    try:
        assert (
            instance.cli("start", "orchestrator_tasks/day.md").returncode == 0
        )
        decision = instance.state()["decision"]
        done = instance.cli("approve", "--task", "1", "--decision", decision)
        assert done.returncode == 0 and "task 1" in done.stdout.lower()
        instance.wait_task(1, "completed")
        instance.wait_status("waiting_approval")
        assert instance.cli("approve", "--decision", "zzzz").returncode == 1
        assert instance.cli("skip").returncode == 0
        assert instance.cli("pause").returncode == 0
        assert instance.cli("resume").returncode == 0
        assert instance.cli("stop").returncode == 0
        assert instance.state()["status"] == "stopped"
    finally:
        instance.stop_supervisor()


def test_retry_takes_feedback_as_words(instance):
    instance.start_list("[[exit 1]]")
    instance.approve()
    instance.wait_task(1, "failed")
    assert instance.cli("retry", "use", "plural", "names").returncode == 0
    assert "use plural names" in instance.agent(2)["prompt"]


def test_start_takes_any_path_with_the_callers_rights(instance):
    other = instance.folder / "elsewhere"
    other.mkdir()
    (other / "my list.md").write_text(
        "## Task 1: A\n**Claude Instruction:** x\n"
    )
    done = instance.cli("start", "my list.md", cwd=other)
    assert done.returncode == 0, done
    instance.cli("stop")
    missing = instance.cli("start", "nowhere.md")
    assert missing.returncode == 1
    assert "nowhere.md" in missing.stderr


def test_no_supervisor_and_none_could_be_started_is_5(make_instance):
    config = {"server": {"supervisor": "external"}}
    instance = make_instance(config=config)
    done = instance.cli("stop")
    assert done.returncode == 5, done
    assert done.stderr.startswith("orchestrator: ")


def test_config_is_found_in_order(make_instance, tmp_path):
    first, second = make_instance(), make_instance()
    first.write_config(claude={"timeout": 111})
    second.write_config(claude={"timeout": 222})
    env = {**first.env, "ORCHESTRATOR_CONFIG": str(second.config_file)}
    args = ("check", "--print")
    by_option = run("-c", str(first.config_file), *args, env=env)
    by_variable = run(*args, env=env, cwd=first.folder)
    by_folder = run(*args, env=first.env, cwd=first.folder)
    assert "111" in by_option.stdout and "222" in by_variable.stdout
    assert "111" in by_folder.stdout


def test_logs_counts_lines_and_names_tasks(instance):
    instance.start_list("[[say words of the agent]]")
    instance.approve()
    instance.wait_status("completed")
    assert len(instance.cli("logs", "2").stdout.splitlines()) == 2
    assert "words of the agent" in instance.cli("logs", "--task", "1").stdout


def test_logs_follow(instance):
    follower = subprocess.Popen(
        [program(), "-c", str(instance.config_file), "logs", "-f"],
        env=instance.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    output = follower.stdout.fileno()
    os.set_blocking(output, False)
    seen = bytearray()

    def shows(word):
        try:
            seen.extend(os.read(output, 65536))
        except BlockingIOError:
            pass
        return word.encode() in seen

    try:
        wait_for(lambda: shows("\n"), 10, "the lines that are there")
        instance.start_list("[[say a]]")
        wait_for(lambda: shows("for approval"), 10, "the new line")
    finally:
        follower.terminate()
        follower.wait(10)


def test_colour_only_on_a_terminal(instance):
    instance.start_list("[[say a]]")
    assert "\x1b" not in instance.cli("status").stdout


def test_the_supervisor_that_a_command_started_stays(make_instance):
    instance = make_instance()
    instance.write_tasks("[[say a]]")
    assert instance.cli("start", "orchestrator_tasks/list.md").returncode == 0
    supervisor = instance.supervisor()
    assert supervisor and processes.alive(supervisor.pid)
    assert supervisor.sid == supervisor.pid, "a process session of its own"
    instance.stop_supervisor()


def test_a_person_is_told_commands_of_the_terminal(make_instance):
    instance = make_instance(
        config={"telegram": {"commands": ["status", "start", "approve"]}}
    ).start()

    def said(*args):
        done = instance.cli(*args)
        return done.stdout + done.stderr

    assert "orchestrator start" in said("status")
    path = instance.tasks_dir / instance.write_tasks("[[say a]]", "[[say b]]")
    texts = [said("start", str(path)), said("status"), said("resume")]
    for text in texts:
        assert "orchestrator " in text and "/approve" not in text
        assert "skip" in text, "at the terminal there is every command"
    assert "orchestrator resume to continue" in said("pause")
    said("resume")
    body = json.loads(instance.cli("--json", "status").stdout)
    phone = instance.post("/webhook/status")
    runtime = r"Runtime: .*"  # a second may pass between the two
    assert re.sub(runtime, "", body["message"]) == re.sub(
        runtime, "", phone["message"]
    )
    assert "/approve" in phone["message"] and "skip" not in phone["message"]
    refused = json.loads(instance.cli("--json", "resume").stdout)["message"]
    assert "/approve" in refused and "orchestrator " not in refused
    assert "orchestrator status says how it goes" in said("approve")
    assert "/status" not in said("help")


@pytest.mark.parametrize(
    "words", [["status"], ["help"], ["--json", "tasks"], ["--version"],
              ["check"], ["--help"]]
)
def test_output_that_cannot_be_written_is_an_error(instance, words):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [program(), "-c", str(instance.config_file), *words],
            env=instance.env, cwd=instance.folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 1
    assert "cannot write the output" in done.stderr
