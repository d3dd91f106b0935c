"""The commands that change a session: what each does, and when it may."""

from datetime import datetime, timezone

import pytest
from harness.answers import FAIL, conflict, ok, running
from harness.tasks import Task
from harness.waiting import wait_for


def test_idle_refuses_all_but_start(instance):
    for name in (
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
    ):
        answer = instance.post(f"/webhook/{name}", text="1")
        conflict(answer)
        assert "start" in answer["message"]


def test_waiting_refuses_what_does_not_fit(instance):
    instance.start_list("[[say a]]")
    for name in ("resume", "retry", "cancel", "allow", "always", "deny", "answer", "raise"):
        conflict(instance.post(f"/webhook/{name}", text="1"))
    conflict(instance.post("/webhook/start", task_file="list.md"))


def test_running_refuses_what_does_not_fit(instance):
    running(instance)
    for name in ("approve", "skip", "retry", "resume", "allow", "always", "deny", "answer", "raise"):
        conflict(instance.post(f"/webhook/{name}", text="1"))
    conflict(instance.post("/webhook/start", task_file="list.md"))
    instance.wait_status("running")


def test_approve_runs_and_the_list_goes_on(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    answer = ok(instance.post("/webhook/approve"))
    assert "Executing task 1" in answer["message"]
    instance.wait_task(1, "completed")
    state = instance.wait_status("waiting_approval")
    assert state["current_task_index"] == 2
    ok(instance.post("/webhook/approve"))
    state = instance.wait_status("completed")
    assert [t["result"] for t in state["tasks"]] == ["success", "success"]


def test_skip_goes_on_and_the_last_one_completes(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    assert "Skipped task 1" in ok(instance.post("/webhook/skip"))["message"]
    state = instance.wait_status("waiting_approval")
    assert state["current_task_index"] == 2
    ok(instance.post("/webhook/skip"))
    state = instance.wait_status("completed")
    assert [t["status"] for t in state["tasks"]] == ["skipped", "skipped"]


def test_a_skipped_failure_keeps_its_result_and_error(instance):
    instance.start_list(FAIL, "[[say b]]")
    instance.approve()
    instance.wait_task(1, "failed")
    ok(instance.post("/webhook/skip"))
    task = instance.task(1)
    assert (task["status"], task["result"]) == ("skipped", "error")
    assert task["error"]


def test_skip_while_paused_stays_paused(instance):
    instance.start_list("[[say a]]", "[[say b]]", "[[say c]]")
    ok(instance.post("/webhook/pause"))
    ok(instance.post("/webhook/skip"))
    state = instance.state()
    assert (state["status"], state["current_task_index"]) == ("paused", 2)
    ok(instance.post("/webhook/skip"))
    ok(instance.post("/webhook/skip"))
    assert instance.state()["status"] == "completed"


def test_a_failure_waits_for_retry_skip_or_stop(make_instance, receiver):
    config = {"orchestrator": {"approval_mode": "auto"}}
    instance = make_instance(receiver=receiver, config=config).start()
    instance.start_list(FAIL, "[[say b]]")
    state = instance.wait_status("waiting_approval")
    assert state["waiting_for"]["kind"] == "failed"
    assert state["waiting_for"]["task"] == 1
    conflict(instance.post("/webhook/approve"))
    conflict(instance.post("/webhook/cancel"))
    labels = [a["label"] for a in instance.post("/webhook/status")["actions"]]
    assert (
        set(labels) <= {"Retry", "Skip", "Stop", "Logs"} and "Retry" in labels
    )


def test_retry_counts_attempts_and_carries_feedback(instance):
    instance.start_list(FAIL, "[[say b]]")
    instance.approve()
    instance.wait_task(1, "failed")
    first = instance.task(1)["agent_session_id"]
    ok(instance.post("/webhook/retry", feedback="use plural names"))
    instance.agent(2)
    instance.wait_status("waiting_approval")
    task = instance.task(1)
    assert task["attempt"] == 2
    assert task["agent_session_id"] != first
    run = instance.agent(2)
    assert "use plural names" in run["prompt"]
    assert "no luck" in run["prompt"], "how the last attempt ended"
    argv = run["argv"]
    assert argv[argv.index("--resume") + 1] == first
    assert "--fork-session" in argv
    assert argv[argv.index("--session-id") + 1] == task["agent_session_id"]


def test_retry_begins_afresh_where_the_conversation_is_gone(instance):
    instance.start_list(FAIL)
    instance.approve()
    instance.wait_task(1, "failed")
    for talk in instance.home.glob("talk-*"):
        talk.unlink()
    ok(instance.post("/webhook/retry", feedback="again"))
    fresh = instance.agent(3)
    instance.wait_task(1, "failed")
    task = instance.task(1)
    assert task["attempt"] == 2
    assert "--resume" not in fresh["argv"]
    argv, refused = fresh["argv"], instance.agent(2)["argv"]
    ident = argv[argv.index("--session-id") + 1]
    assert ident == task["agent_session_id"]
    assert ident != refused[refused.index("--session-id") + 1]
    assert "again" in fresh["prompt"]


def test_retry_of_the_one_just_completed_leaves_the_next_pending(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    instance.approve()
    instance.wait_task(1, "completed")
    instance.wait_status("waiting_approval")
    ok(instance.post("/webhook/retry", feedback="once more"))
    wait_for(lambda: instance.task(1)["attempt"] == 2)
    instance.wait_task(1, "completed")
    state = instance.wait_status("waiting_approval")
    assert state["tasks"][1]["status"] == "pending"
    assert state["current_task_index"] == 2


def test_retry_of_the_last_task_of_a_completed_session(instance):
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_status("completed")
    ok(instance.post("/webhook/retry"))
    instance.agent(2)
    instance.wait_status("completed")
    assert instance.task(1)["attempt"] == 2


def test_retry_ends_a_pause(instance):
    instance.start_list(FAIL, "[[say b]]")
    instance.approve()
    instance.wait_task(1, "failed")
    ok(instance.post("/webhook/pause"))
    ok(instance.post("/webhook/retry"))
    instance.agent(2)
    state = instance.wait_status("waiting_approval")
    assert state["waiting_for"]["kind"] == "failed"


def test_pause_while_waiting_keeps_the_question(instance):
    instance.start_list("[[say a]]")
    question = instance.state()["waiting_for"]
    ok(instance.post("/webhook/pause"))
    state = instance.state()
    assert state["status"] == "paused"
    assert state["waiting_for"] == question
    assert state["paused_at"]
    conflict(instance.post("/webhook/pause"))
    conflict(instance.post("/webhook/approve"))
    ok(instance.post("/webhook/resume"))
    state = instance.state()
    assert (state["status"], state["waiting_for"]) == (
        "waiting_approval",
        question,
    )
    assert state["paused_at"] is None


def test_pause_while_running_waits_for_the_task(instance):
    running_gate = instance.work / "go"
    instance.start_list(f"[[until {running_gate}]]", "[[say b]]")
    instance.approve()
    instance.agent(1)
    ok(instance.post("/webhook/pause"))
    state = instance.state()
    assert (state["status"], state["intent"]) == ("running", "pause")
    conflict(instance.post("/webhook/pause"))
    running_gate.touch()
    state = instance.wait_status("paused")
    assert state["intent"] is None
    assert state["tasks"][0]["status"] == "completed"
    assert state["waiting_for"]["kind"] == "paused"
    ok(instance.post("/webhook/resume"))
    instance.wait_status("waiting_approval")


def test_resume_takes_the_wish_to_pause_back(instance):
    gate = instance.work / "go"
    instance.start_list(f"[[until {gate}]]", "[[say b]]")
    instance.approve()
    instance.agent(1)
    ok(instance.post("/webhook/pause"))
    ok(instance.post("/webhook/resume"))
    assert instance.state()["intent"] is None
    gate.touch()
    instance.wait_status("waiting_approval")


def test_pause_on_the_last_task_completes_the_session(instance):
    gate = instance.work / "go"
    instance.start_list(f"[[until {gate}]]")
    instance.approve()
    instance.agent(1)
    ok(instance.post("/webhook/pause"))
    gate.touch()
    instance.wait_status("completed")


def test_pause_on_a_task_that_fails_is_paused_and_asks(instance):
    gate = instance.work / "go"
    instance.start_list(f"[[until {gate}]] {FAIL}", "[[say b]]")
    instance.approve()
    instance.agent(1)
    ok(instance.post("/webhook/pause"))
    gate.touch()
    state = instance.wait_status("paused")
    assert state["waiting_for"]["kind"] == "failed"
    ok(instance.post("/webhook/resume"))
    assert instance.state()["status"] == "waiting_approval"


def test_cancel_ends_the_task_and_asks(instance):
    running(instance, "[[say b]]")
    instance.agent(1)
    ok(instance.post("/webhook/cancel"))
    state = instance.wait_status("waiting_approval")
    task = state["tasks"][0]
    assert (task["status"], task["result"]) == ("failed", "cancelled")
    assert state["waiting_for"]["kind"] == "failed"
    assert state["intent"] is None
    wait_for(lambda: not instance.attempt_processes())


def test_one_wish_at_a_time(make_instance):
    instance = make_instance(config={"claude": {"kill_grace": 3}}).start()
    instance.start_list("[[ignore-term]] [[silent]]", "[[say b]]")
    instance.approve()
    instance.agent(1)
    ok(instance.post("/webhook/pause"))
    ok(instance.post("/webhook/cancel"))
    assert instance.state()["intent"] == "cancel"
    conflict(instance.post("/webhook/pause"))
    conflict(instance.post("/webhook/cancel"))
    ok(instance.post("/webhook/stop"))
    assert instance.state()["intent"] == "stop"
    conflict(instance.post("/webhook/pause"))
    conflict(instance.post("/webhook/cancel"))
    state = instance.wait_status("stopped")
    assert state["tasks"][0]["result"] == "cancelled"


@pytest.mark.parametrize("where", ["waiting", "paused", "running", "failed"])
def test_stop_ends_any_unfinished_session(instance, where):
    instance.start_list(
        FAIL if where == "failed" else "[[silent]]", "[[say b]]"
    )
    if where == "paused":
        ok(instance.post("/webhook/pause"))
    elif where != "waiting":
        instance.approve()
        instance.wait_task(1, "failed" if where == "failed" else "running")
    ok(instance.post("/webhook/stop"))
    state = instance.wait_status("stopped")
    assert state["waiting_for"] is None
    assert state["decision"], "its Start button names it"
    conflict(instance.post("/webhook/stop"))
    if where == "running":
        task = state["tasks"][0]
        assert (task["status"], task["result"]) == ("failed", "cancelled")


def test_after_the_end_a_new_list_may_start(instance):
    instance.start_list("[[say a]]")
    ok(instance.post("/webhook/stop"))
    first = instance.state()["session_id"]
    instance.start_list("[[say b]]", "[[say c]]")
    state = instance.state()
    assert state["session_id"] != first
    assert len(state["tasks"]) == 2
    assert state["status"] == "waiting_approval"


def test_start_takes_todays_list_or_names_those_that_are(instance):
    instance.write_tasks("[[say a]]", name="other.md")
    answer = instance.post("/webhook/start")
    assert (answer.code, answer["error"]) == (422, "bad_task_file")
    assert "other.md" in answer["message"]
    today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    instance.write_tasks("[[say a]]", name=f"{today}-tasks.md")
    ok(instance.command("/start"))
    assert (
        instance.state()["task_file"] == f"orchestrator_tasks/{today}-tasks.md"
    )


def test_start_takes_a_date(instance):
    instance.write_tasks("[[say a]]", name="2025-11-20-tasks.md")
    ok(instance.command("/start 2025-11-20"))
    assert instance.state()["task_file"].endswith("2025-11-20-tasks.md")


@pytest.mark.parametrize(
    "name",
    [
        "../list.md",
        "sub/list.md",
        "..",
        ".",
        "",
        "/etc/passwd",
        "link.md",
        "none.md",
        "a\0b",
    ],
)
def test_a_list_that_is_not_plainly_there_is_422(instance, name):
    outside = instance.folder / "list.md"
    outside.write_text("# x\n")
    (instance.tasks_dir / "link.md").symlink_to(outside)
    answer = instance.post("/webhook/start", task_file=name)
    assert answer.code in (400, 422), answer
    if name not in ("", "a\0b"):
        assert (answer.code, answer["error"]) == (422, "bad_task_file")
    assert instance.state() is None or instance.state()["status"] == "idle"


def test_a_link_that_stays_inside_is_taken(instance):
    instance.write_tasks("[[say a]]", name="real.md")
    (instance.tasks_dir / "link.md").symlink_to("real.md")
    ok(instance.post("/webhook/start", task_file="link.md"))


def test_a_list_with_faults_is_422_with_all_of_them(instance):
    (instance.tasks_dir / "bad.md").write_text(
        "## Task 1: A\n**Kind:** x\n\n## Task 1: B\n**Claude Instruction:** y\n"
    )
    answer = instance.post("/webhook/start", task_file="bad.md")
    assert (answer.code, answer["error"]) == (422, "bad_task_file")
    text = "\n".join(map(str, answer["faults"]))
    assert "bad.md:2" in text and "bad.md:1" in text and "bad.md:4" in text
    assert instance.state() is None or instance.state()["status"] == "idle"


def test_the_message_names_the_first_ten_faults(instance):
    (instance.tasks_dir / "bad.md").write_text(
        "".join(f"## Task {n}: T\n**Kind:** x\n\n" for n in range(1, 13))
    )
    answer = instance.post("/webhook/start", task_file="bad.md")
    count = len(answer["faults"])
    first, empty, *lines = answer["message"].split("\n")
    assert first == (
        f"The task list 'bad.md' has {count} faults; nothing was started."
    )
    assert empty == "" and lines[:10] == answer["faults"][:10]
    assert lines[10:] == [f"… and {count - 10} more"]
    done = instance.cli("start", "bad.md")
    said = done.stderr.splitlines()
    assert said == [f"orchestrator: {x}" for x in [*answer["faults"], first]]


def test_the_list_is_copied_at_start(instance):
    instance.start_list("[[say first]]")
    instance.write_tasks("[[say second]]")
    instance.approve()
    assert "first" in instance.agent(1)["prompt"]


MODES = [
    ("required", {}, Task("t", "x"), True),
    ("auto", {}, Task("t", "x"), False),
    ("manual", {"auto_approve": ["doc"]}, Task("t", "x", type="doc"), True),
    ("manual", {}, Task("t", "x", approval=False), True),
    ("required", {}, Task("t", "x", approval=False), False),
    ("auto", {}, Task("t", "x", approval=True), True),
    ("required", {"auto_approve": ["doc"]}, Task("t", "x", type="doc"), False),
    (
        "required",
        {"auto_approve": ["doc"]},
        Task("t", "x", type="doc", approval=True),
        True,
    ),
]


@pytest.mark.parametrize("mode,extra,task,waits", MODES)
def test_who_waits_for_a_human(make_instance, mode, extra, task, waits):
    config = {"orchestrator": {"approval_mode": mode, **extra}}
    instance = make_instance(config=config).start()
    instance.start_list(task)
    state = instance.wait_status("waiting_approval" if waits else "completed")
    assert state["tasks"][0]["attempt"] == (0 if waits else 1)


def test_a_checkpoint_type_stops_before_the_next(make_instance):
    config = {
        "orchestrator": {
            "approval_mode": "auto",
            "checkpoint_after": ["database"],
        }
    }
    instance = make_instance(config=config).start()
    instance.start_list(
        Task("a", "x", type="database"), Task("b", "x", approval=False), "x"
    )
    state = instance.wait_status("waiting_approval")
    assert state["current_task_index"] == 2
    instance.approve()
    instance.wait_status("completed")


def test_denied_tools_stop_before_the_next_and_are_told(
    make_instance, receiver
):
    config = {"orchestrator": {"approval_mode": "auto"}}
    instance = make_instance(receiver=receiver, config=config).start()
    denial = (
        '[[result {"permission_denials":[{"tool_name":"Bash"},'
        '{"tool_name":"Write"}]}]]'
    )
    instance.start_list(denial, "x")
    state = instance.wait_status("waiting_approval")
    assert state["tasks"][0]["status"] == "completed"
    assert state["tasks"][0]["denials"] == 2
    assert state["tasks"][0]["denied"] == ["Bash", "Write"]
    told = receiver.wait_event("task_completed")
    assert "2" in told["message"] and "denied" in told["message"].lower()
