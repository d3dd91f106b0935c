"""kill -9 of each process in turn, and of all at once, in mid-task, while a
command that Claude's Bash tool started is running: nothing is left behind,
nothing is run twice, and the session goes on."""

import os
import signal

import pytest
from harness import processes
from harness.waiting import stays_false, wait_for

BASH = (
    "[[bash tail -s 4321 -f /dev/null & echo started > started; "
    "tail -s 4321 -f /dev/null]] [[say done]]"
)


@pytest.fixture
def working(claude_instance):
    """The real Claude in mid-task: its Bash tool's command is running."""
    instance = claude_instance
    instance.start_list(BASH, "[[say two]]")
    instance.approve()
    wait_for((instance.work / "started").exists, 30, "Claude's command runs")
    return instance


def sleepers(instance):
    return [p for p in instance.mine() if "4321" in p.argv and not p.zombie]


def family(instance):
    """The processes of the running attempt by their part in it."""
    supervisor = instance.supervisor()
    mine = instance.mine()
    children = [p for p in mine if p.ppid == supervisor.pid]
    claude = next(p for p in mine if "--session-id" in p.argv)
    keeper = next(p for p in children if p.pid == claude.ppid)
    others = [p for p in children if p.pid != keeper.pid]
    return {
        "supervisor": supervisor.pid,
        "keeper": keeper.pid,
        "claude": claude.pid,
        "notifier": others[0].pid,
        "responder": instance.responder.pid,
    }


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        wait_for(lambda: not processes.alive(pid), 10)


def nothing_left(instance):
    def gone():
        processes.reap()
        return not instance.attempt_processes() and not sleepers(instance)

    wait_for(gone, 20, "everything of the attempt has ended")


def goes_on(instance, kind):
    """The first task is to be asked about; after a retry the list ends."""
    state = instance.wait_status("waiting_approval", 40)
    assert state["waiting_for"]["kind"] == kind
    assert state["waiting_for"]["task"] == 1
    assert state["tasks"][1]["status"] == "pending"
    assert instance.post("/webhook/skip").code == 200
    instance.approve()
    instance.wait_status("completed")


def restart_responder(instance):
    instance.responder.wait(10)
    instance.start_responder()
    instance.wait_healthy()


def test_claude_killed(working):
    kill(family(working)["claude"])
    nothing_left(working)
    goes_on(working, "failed")


def test_keeper_killed(working):
    kill(family(working)["keeper"])
    nothing_left(working)
    state = working.wait_status("waiting_approval")
    assert state["tasks"][0]["status"] in ("failed", "interrupted")
    goes_on(working, state["waiting_for"]["kind"])


def test_supervisor_killed(working, receiver):
    kill(family(working)["supervisor"])
    nothing_left(working)
    working.wait_healthy(40)
    state = working.wait_status("waiting_approval", 40)
    task = state["tasks"][0]
    assert (task["status"], task["result"]) == ("interrupted", "interrupted")
    assert receiver.wait_event("recovered")["task"] == 1
    goes_on(working, "interrupted")


def test_notifier_killed(working, receiver):
    before = family(working)["notifier"]
    kill(before)
    wait_for(lambda: working.state()["status"] == "running")
    assert working.post("/webhook/cancel").code == 200
    assert receiver.wait_event("task_failed")["task"] == 1
    nothing_left(working)
    goes_on(working, "failed")


def test_responder_killed_leaves_the_task_alone(working):
    supervisor = family(working)["supervisor"]
    kill(working.responder.pid)
    restart_responder(working)
    assert working.supervisor().pid == supervisor
    assert working.state()["status"] == "running"
    assert sleepers(working)
    assert working.post("/webhook/cancel").code == 200
    nothing_left(working)
    goes_on(working, "failed")


def test_responder_and_supervisor_killed(working):
    pids = family(working)
    kill(pids["responder"], pids["supervisor"])
    restart_responder(working)
    nothing_left(working)
    goes_on(working, "interrupted")


def test_keeper_and_supervisor_killed(working):
    """Nobody is there to reap: the next supervisor finds them by their id."""
    pids = family(working)
    kill(pids["keeper"], pids["supervisor"])
    working.wait_healthy(40)
    nothing_left(working)
    goes_on(working, "interrupted")


def test_all_killed_at_once(working):
    pids = family(working)
    kill(*pids.values())
    restart_responder(working)
    nothing_left(working)
    goes_on(working, "interrupted")


def test_an_idle_supervisor_is_started_again_unasked(instance):
    first = instance.supervisor().pid
    kill(first)
    wait_for(
        lambda: instance.supervisor() and instance.supervisor().pid != first, 20
    )
    instance.wait_healthy()


def test_sigterm_to_the_supervisor_ends_the_task_in_order(working):
    processes.end(working.supervisor().pid, signal.SIGTERM)
    nothing_left(working)
    wait_for(lambda: working.state()["tasks"][0]["status"] == "interrupted")
    working.wait_healthy(40)
    goes_on(working, "interrupted")


def test_sigterm_to_the_responder_leaves_the_supervisor_alone(working):
    supervisor = working.supervisor().pid
    working.stop_responder()
    assert processes.alive(supervisor)
    assert working.state()["status"] == "running"
    assert working.cli("status").returncode == 0
    working.start_responder()
    working.wait_healthy()
    assert working.supervisor().pid == supervisor
    assert working.post("/webhook/stop").code == 200
    nothing_left(working)


def test_retry_after_an_interruption_resumes_the_conversation(working):
    ident = working.task(1)["agent_session_id"]
    kill(family(working)["supervisor"])
    working.wait_status("waiting_approval", 40)
    nothing_left(working)
    (working.work / "started").unlink()
    answer = working.post("/webhook/retry", feedback="[[instead say finished]]")
    assert answer.code == 200
    task = working.wait_task(1, "completed", 40)
    assert task["attempt"] == 2
    assert task["agent_session_id"] != ident
    assert not (working.work / "started").exists(), "nothing was run twice"


def test_on_interrupted_resume_goes_on_once_then_asks(make_instance, receiver):
    config = {"orchestrator": {"on_interrupted": "resume"}}
    instance = make_instance(receiver=receiver, config=config).start()
    instance.start_list("[[silent]]", "[[say b]]")
    instance.approve()
    instance.agent(1)
    kill(instance.supervisor().pid)
    instance.agent(2, 40)
    assert instance.state()["status"] == "running"
    kill(instance.supervisor().pid)
    state = instance.wait_status("waiting_approval", 40)
    assert state["waiting_for"]["kind"] == "interrupted"
    assert stays_false((instance.work / "agent-3.json").exists, 1)


def test_a_wish_survives_a_crash(make_instance):
    instance = make_instance(config={"claude": {"kill_grace": 30}}).start()
    instance.start_list("[[ignore-term]] [[silent]]", "[[say b]]")
    instance.approve()
    instance.agent(1)
    assert instance.post("/webhook/stop").code == 200
    assert instance.state()["intent"] == "stop"
    kill(instance.supervisor().pid)
    state = instance.wait_status("stopped", 40)
    assert state["tasks"][0]["status"] in ("failed", "interrupted")


def test_several_responders_share_one_supervisor(instance):
    first = instance.responder
    instance.socket.rename(instance.folder / "first.sock")
    instance.start_responder()
    second = instance.responder
    try:
        assert instance.post("/webhook/status").code == 200
        tops = [p for p in instance.mine() if "supervise" in p.argv]
        pids = {p.pid for p in tops}
        assert len([p for p in tops if p.ppid not in pids]) == 1
    finally:
        first.terminate()
        first.wait(10)
        assert second.poll() is None


def test_a_second_supervisor_steps_back(instance):
    done = instance.cli("supervise")
    assert done.returncode == 0
    assert (done.stdout + done.stderr).strip()
    assert instance.request("GET", "/health").code == 200
