"""Everything an agent can do wrong, with a scripted one that does it."""

import os
import time

import pytest
from harness.processes import alive
from harness.waiting import wait_for


def run_one(instance, script, limit=30):
    """Run one task with that script; the task as it ended."""
    instance.start_list(script)
    instance.approve()
    wait_for(
        lambda: instance.task(1)["status"] not in ("pending", "running"),
        limit,
        "the task ended",
    )
    return instance.task(1)


def failed(task, result="error"):
    assert (task["status"], task["result"]) == ("failed", result), task
    assert task["error"] and "\n" not in task["error"]
    return task["error"]


def test_what_claude_says_without_json_is_the_reason(instance):
    """Where nothing is on standard error: "Please run /login" and the like."""
    script = "[[no-result]] [[raw Invalid API key: run /login]] [[exit 1]]"
    assert failed(run_one(instance, script)) == (
        "Claude ended without a result (exit status 1): "
        "Invalid API key: run /login"
    )


def test_success_is_kept_with_all_its_numbers(instance):
    task = run_one(
        instance,
        '[[say hello]] [[result {"num_turns":3,'
        '"total_cost_usd":0.25,"result":"Well done."}]]',
    )
    assert (task["status"], task["result"]) == ("completed", "success")
    assert task["error"] is None
    assert task["exit_code"] == 0
    assert task["num_turns"] == 3
    assert task["cost_usd"] == 0.25
    assert task["summary"] == "Well done."
    assert task["denials"] == 0
    assert task["duration_ms"] >= 0
    assert task["attempt"] == 1
    assert task["output_log"] == "orchestrator_logs/task-1-output.log"
    output = (instance.logs_dir / "task-1-output.log").read_text()
    assert "hello" in output
    stream = (instance.logs_dir / "task-1-stream.jsonl").read_text()
    assert '"type": "result"' in stream


NO_SUCCESS = {
    "exit 1": "[[exit 1]]",
    "no result line": "[[no-result]]",
    "is_error": '[[result {"is_error":true,"result":"the reason"}]]',
    "subtype": '[[result {"subtype":"error_max_turns","is_error":false}]]',
    "no turns": '[[result {"num_turns":0}]]',
    "no is_error": '[[no-result]] [[raw {"type":"result","subtype":"success",'
    '"num_turns":1}]]',
    "not JSON": "[[no-result]] [[raw all done]]",
    "a result inside text": '[[no-result]] [[say {"type":"result",'
    '"subtype":"success"}]]',
}


@pytest.mark.parametrize("script", NO_SUCCESS.values(), ids=NO_SUCCESS)
def test_anything_else_than_success_is_a_failure_with_a_reason(
    instance, script
):
    failed(run_one(instance, script))


def test_the_reason_is_claudes_own(instance):
    script = '[[result {"is_error":true,"result":"Credit balance too low"}]]'
    assert "Credit balance too low" in failed(run_one(instance, script))


def test_a_kill_from_outside_names_the_signal(instance):
    instance.start_list("[[silent]]")
    instance.approve()
    os.kill(instance.agent(1)["pid"], 9)
    instance.wait_task(1, "failed")
    assert (
        "9" in instance.task(1)["error"]
        or "kill" in instance.task(1)["error"].lower()
    )


def test_no_such_program_is_told_apart_from_a_failing_one(make_instance):
    instance = make_instance(agent="/nowhere/claude -p").start()
    error = failed(run_one(instance, "x"))
    assert "/nowhere/claude" in error and "No such file" in error


def test_a_task_times_out_and_everything_ends(make_instance):
    instance = make_instance(config={"claude": {"timeout": 1}}).start()
    task = run_one(instance, "[[leave sleep 600]] [[silent]]")
    assert "1" in failed(task, "timeout")
    wait_for(lambda: not instance.attempt_processes(), 10)


def test_a_tasks_own_timeout_goes_before(instance):
    (instance.tasks_dir / "list.md").write_text(
        "## Task 1: A\n**Timeout:** 1\n**Claude Instruction:** [[silent]]\n"
    )
    assert instance.post("/webhook/start", task_file="list.md").code == 200
    instance.approve()
    instance.wait_task(1, "failed", 15)
    failed(instance.task(1), "timeout")


def test_silence_times_out(make_instance):
    config = {"claude": {"idle_timeout": 1, "timeout": 60}}
    instance = make_instance(config=config).start()
    begin = time.monotonic()
    failed(run_one(instance, "[[say a]] [[silent]]"), "timeout")
    assert time.monotonic() - begin < 30


def test_talking_keeps_silence_away(make_instance):
    config = {"claude": {"idle_timeout": 2, "timeout": 60}}
    instance = make_instance(config=config).start()
    script = " ".join(["[[say still here]] [[sleep 0.8]]"] * 5)
    task = run_one(instance, script)
    assert task["result"] == "success", task


def test_an_agent_that_ignores_term_is_killed(make_instance):
    config = {"claude": {"timeout": 1, "kill_grace": 1}}
    instance = make_instance(config=config).start()
    failed(run_one(instance, "[[ignore-term]] [[silent]]"), "timeout")
    wait_for(lambda: not instance.attempt_processes(), 10)


def test_a_stopped_agent_can_be_ended(make_instance):
    config = {"claude": {"timeout": 1, "kill_grace": 20}}
    instance = make_instance(config=config).start()
    begin = time.monotonic()
    failed(run_one(instance, "[[stop-self]]"), "timeout")
    assert time.monotonic() - begin < 15, "CONT follows TERM"


def test_a_hang_after_the_result_keeps_the_success(make_instance):
    config = {"claude": {"timeout": 60, "kill_grace": 1}}
    instance = make_instance(config=config).start()
    task = run_one(instance, "[[say a]] [[hang]]")
    assert (task["status"], task["result"]) == ("completed", "success")


def test_after_the_result_cancel_is_refused(make_instance):
    instance = make_instance(config={"claude": {"kill_grace": 6}}).start()
    instance.start_list("[[hang]]", "[[say b]]")
    instance.approve()
    stream = instance.logs_dir / "task-1-stream.jsonl"
    wait_for(lambda: stream.exists() and '"result"' in stream.read_text())
    answer = wait_for(lambda: instance.post("/webhook/cancel"))
    assert (answer.code, answer["error"]) == (409, "conflict")
    instance.wait_task(1, "completed")


def test_a_failing_result_that_hangs_is_a_failure(make_instance):
    instance = make_instance(config={"claude": {"kill_grace": 1}}).start()
    failed(run_one(instance, '[[result {"is_error":true}]] [[hang]]'))


ESCAPES = {
    "its own session": "[[leave sleep 600]]",
    "forked twice": "[[daemon sleep 600]]",
    "ignores signals": "[[leave trap '' TERM INT HUP; sleep 600]]",
    "many": " ".join(["[[daemon sleep 600]]"] * 8),
}


@pytest.mark.parametrize("script", ESCAPES.values(), ids=ESCAPES)
def test_nothing_outlives_its_task(instance, script):
    task = run_one(instance, script)
    assert task["status"] == "completed", task
    assert not instance.attempt_processes()


def test_the_next_task_waits_until_the_last_is_gone(make_instance):
    config = {"orchestrator": {"approval_mode": "auto"}}
    instance = make_instance(config=config).start()
    look = "[[run pgrep -f 'sleep 6123[4]' > seen; true]]"
    instance.start_list("[[daemon sleep 61234]]", look)
    instance.wait_status("completed")
    assert (instance.work / "seen").read_text() == ""


def test_a_flood_of_output_is_read_but_not_all_kept(instance):
    instance.start_list("[[flood 90000000]]")
    instance.approve()
    instance.wait_task(1, "completed", 120)
    for name in ("task-1-output.log", "task-1-stream.jsonl"):
        size = (instance.logs_dir / name).stat().st_size
        assert size <= 64 * 1024 * 1024 + 4096, name
    output = (instance.logs_dir / "task-1-stream.jsonl").open("rb")
    output.seek(-300, 2)
    tail = output.read().decode()
    assert "64 MiB" in tail or "64 MiB" in instance.log_text()


def test_a_line_without_end_does_no_harm(instance):
    task = run_one(instance, "[[raw " + "x" * 50000 + "]] [[say a]]")
    assert task["status"] == "completed"


def test_strange_lines_are_passed_over(instance):
    task = run_one(
        instance,
        '[[raw {"type":"new_kind","x":[1,2]}]] [[raw {]] '
        '[[raw 17]] [[raw null]] [[raw {"type":7}]] '
        '[[raw {"type":"assistant"}]] [[say a]]',
    )
    assert task["status"] == "completed"


def test_an_agent_that_does_not_read_its_prompt_is_no_stumbling_block(
    make_instance,
):
    line = (
        '{"type":"result","subtype":"success","is_error":false,'
        '"num_turns":1,"result":"ok"}'
    )
    instance = make_instance(agent=["sh", "-c", f"echo '{line}'"]).start()
    task = run_one(instance, "word " * 12000)
    assert task["status"] == "completed", task


def test_text_format_takes_any_program(make_instance):
    config = {"claude": {"output_format": "text", "flags": "--flag 'a b'"}}
    script = 'printf "%s\\n" "$@" > args; cat > prompt; echo said so'
    instance = make_instance(
        agent=["sh", "-c", script, "sh"], config=config
    ).start()
    task = run_one(instance, "do it")
    assert (task["status"], task["result"]) == ("completed", "success")
    assert (instance.work / "args").read_text() == "--flag\na b\n"
    assert "do it" in (instance.work / "prompt").read_text()
    log = (instance.logs_dir / "task-1-output.log").read_text()
    assert "said so" in log


def test_text_format_fails_by_exit_status(make_instance):
    config = {"claude": {"output_format": "text"}}
    instance = make_instance(
        agent=["sh", "-c", "echo no; exit 7"], config=config
    ).start()
    task = run_one(instance, "x")
    assert "7" in failed(task) and task["exit_code"] == 7


def test_words_on_standard_error_reach_the_log(make_instance):
    instance = make_instance(
        agent=["sh", "-c", "echo out of memory >&2; exit 1"]
    ).start()
    failed(run_one(instance, "x"))
    log = (instance.logs_dir / "task-1-output.log").read_text()
    assert "out of memory" in log


def test_the_agent_is_gone_before_the_task_is_called_done(instance):
    run_one(instance, "[[say a]]")
    assert not alive(instance.agent(1)["pid"])
