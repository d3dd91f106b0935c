"""How long a supervisor lives: `shutdown`, and one that a command started."""

import time

from harness.answers import ok
from harness.instance import program
from harness.terminal import Terminal
from harness.waiting import wait_for


def gone(instance, limit):
    wait_for(lambda: not instance.supervisor(), limit, "no supervisor is left")


def test_shutdown_ends_it_in_order_whoever_started_it(make_instance):
    instance = make_instance()
    name = instance.write_tasks("[[say working]] [[silent]]")
    assert instance.cli("start", f"orchestrator_tasks/{name}").returncode == 0
    assert instance.cli("approve").returncode == 0
    instance.wait_task(1, "running")
    done = instance.cli("shutdown")
    assert done.returncode == 0, done
    assert "has ended" in done.stdout
    assert not instance.supervisor()
    assert instance.task(1)["status"] == "interrupted"
    again = instance.cli("shutdown")
    assert (again.returncode, "No supervisor" in again.stdout) == (0, True)


def test_a_refused_command_leaves_none_behind(make_instance):
    instance = make_instance()
    assert instance.cli("approve").returncode == 1
    gone(instance, 10)


def test_one_that_a_command_started_ends_when_nothing_is_left(make_instance):
    instance = make_instance()
    name = instance.write_tasks("[[say a]]", "[[say b]]")
    begin = time.monotonic()
    assert instance.cli("start", f"orchestrator_tasks/{name}").returncode == 0
    assert instance.cli("/approve").returncode == 0, "as on the phone"
    instance.wait_task(1, "completed")
    assert instance.supervisor(), "a question is open"
    assert instance.cli("stop").returncode == 0
    assert instance.supervisor()
    gone(instance, 90)
    assert time.monotonic() - begin > 50
    assert instance.state()["status"] == "stopped"


def test_run_asks_before_it_begins_a_completed_list_again(make_instance):
    instance = make_instance()
    path = "orchestrator_tasks/" + instance.write_tasks("[[say a]]")
    assert instance.cli("run", "--task-file", path, "--yes").returncode == 0
    first = instance.state()["session_id"]
    assert instance.cli("run", "--task-file", path).returncode == 3
    argv = [
        program(),
        "-c",
        str(instance.config_file),
        "run",
        "--task-file",
        path,
    ]
    for answer, code in (("no", 3), ("yes", None)):
        shown = Terminal(argv, cwd=instance.folder, env=instance.env)
        try:
            shown.expect(r"is completed. Begin it again.*\] $")
            assert instance.state()["session_id"] == first
            shown.type("?\n")
            shown.expect("yes +a new session, in which every task runs once")
            shown.expect(r"Begin it again.*\] $")
            shown.type(answer + "\n")
            if code is None:
                shown.expect(r"\[yes/skip.*\] $")
                shown.type("y\n")
                code = 0
            assert shown.wait() == code
        finally:
            shown.close()
    assert instance.state()["session_id"] != first


def test_a_responders_one_stays(instance):
    ok(instance.post("/webhook/tasks"))
    assert instance.cli("approve").returncode == 1
    time_left = wait_for(lambda: instance.supervisor(), 5, "it is up")
    assert time_left
