"""With claude.user the supervisor, which reads what Claude writes, can do
nothing that its account cannot; the spawner can, and reads orders alone."""

import os
import pwd
import signal
import subprocess

import pytest
from harness import processes
from harness.waiting import wait_for

pytestmark = pytest.mark.needs_root
NOTHING = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
SETGID, SETUID, KILL = 1 << 6, 1 << 7, 1 << 5


@pytest.fixture
def account():
    return pwd.getpwnam("daemon")


@pytest.fixture
def instance(make_instance, account, tmp_path):
    """Its Claude runs as daemon."""
    instance = make_instance(config={"claude": {"user": account.pw_name}})
    instance.give_work_to(account)
    instance.write_config(claude={"env": [f"HOME={instance.home}"]})
    return instance.start()


def status_of(pid):
    with open(f"/proc/{pid}/status") as lines:
        return dict(
            line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line
        )


def child_of(instance, parent, name):
    return next(
        p.pid
        for p in instance.mine()
        if p.ppid == parent and p.name == name and not p.zombie
    )


def spawner_of(instance):
    return child_of(instance, instance.supervisor().pid, "orch-spawner")


def keeper_of(instance):
    return child_of(instance, spawner_of(instance), "orch-keeper")


def under_way(instance):
    """One that has left something behind, too, and does not end."""
    instance.start_list("[[daemon sleep 4321]] [[silent]]", "[[say b]]")
    instance.approve()
    seen = instance.agent(1)
    wait_for(lambda: sleepers(instance), 20, "what it left behind runs")
    return seen


def sleepers(instance):
    return [p for p in instance.mine() if "4321" in p.argv and not p.zombie]


def nothing_left(instance):
    wait_for(
        lambda: not instance.attempt_processes() and not sleepers(instance),
        20,
        "nothing of it is left",
    )


def test_who_reads_the_stream_can_do_nothing(instance, account):
    seen = under_way(instance)
    assert seen["status"]["Uid"].split() == [str(account.pw_uid)] * 4
    assert seen["env"]["USER"] == account.pw_name
    status = status_of(instance.supervisor().pid)
    assert [int(status[name], 16) for name in NOTHING] == [0] * len(NOTHING)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    able = int(status_of(spawner_of(instance))["CapEff"], 16)
    assert able & (SETGID | SETUID | KILL) == SETGID | SETUID | KILL


def test_one_after_the_other(instance):
    instance.start_list("[[say one]]", "[[say two]]", "[[fail]]")
    for number in 1, 2:
        instance.approve()
        instance.wait_task(number, "completed")
    assert not [p for p in instance.mine() if p.zombie and "keeper" in p.name]


def test_cancel(instance):
    under_way(instance)
    assert instance.post("/webhook/cancel").code == 200
    assert instance.wait_task(1, "failed")["result"] == "cancelled"
    nothing_left(instance)


def test_timeout(instance):
    instance.write_config(claude={"timeout": 2})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    wait_for(lambda: "was read again" in instance.log_text(), 20)
    under_way(instance)
    assert instance.wait_task(1, "failed")["result"] == "timeout"
    nothing_left(instance)


def test_a_killed_keeper_is_swept_up_after(instance):
    under_way(instance)
    os.kill(keeper_of(instance), signal.SIGKILL)
    wait_for(lambda: instance.task(1)["status"] != "running", 30)
    nothing_left(instance)


def test_a_stopped_keeper_is_killed(instance):
    under_way(instance)
    os.kill(keeper_of(instance), signal.SIGSTOP)
    assert instance.post("/webhook/cancel").code == 200
    assert instance.wait_task(1, "failed")["result"] == "cancelled"
    nothing_left(instance)


@pytest.mark.parametrize("keeper_too", (False, True))
def test_a_killed_supervisor_leaves_nothing(instance, keeper_too):
    under_way(instance)
    victims = [instance.supervisor().pid]
    if keeper_too:
        victims.append(keeper_of(instance))
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    state = instance.wait_status("waiting_approval", 40)
    assert state["waiting_for"]["kind"] == "interrupted"
    nothing_left(instance)
    spawners = [
        p for p in instance.mine() if p.name == "orch-spawner" and not p.zombie
    ]
    assert len(spawners) == 1


def test_without_its_spawner_the_supervisor_makes_room(instance):
    under_way(instance)
    first = instance.supervisor().pid
    os.kill(spawner_of(instance), signal.SIGKILL)
    wait_for(lambda: not processes.alive(first), 30, "it has ended")
    instance.wait_log("the spawner has died")
    nothing_left(instance)
    state = instance.wait_status("waiting_approval", 40)
    assert state["waiting_for"]["kind"] == "interrupted"


def test_another_account_waits_for_the_next_start(instance, account):
    instance.start_list("[[say one]]", "[[say two]]")
    instance.write_config(claude={"user": "root"})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    wait_for(
        lambda: "claude.user changes only at the next start"
        in instance.log_text(),
        20,
    )
    instance.approve()
    uids = instance.agent(1)["status"]["Uid"].split()
    assert uids == [str(account.pw_uid)] * 4


def test_doctor_looks_at_the_spawner(instance):
    assert instance.post("/webhook/status").code == 200
    said = instance.cli("doctor").stdout
    assert "may not become" not in said


def test_three_capabilities_are_enough(make_instance, account, tmp_path):
    """As the package's unit has it: no root, CAP_SETUID, CAP_SETGID and
    CAP_KILL."""
    nobody = pwd.getpwnam("nobody")
    instance = make_instance(config={"claude": {"user": account.pw_name}})
    subprocess.run(
        ["chown", "-R", str(nobody.pw_uid), str(instance.folder)], check=True
    )
    instance.give_work_to(account)
    instance.write_config(claude={"env": [f"HOME={instance.home}"]})
    become = [
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
    ]
    able = "-all,+setuid,+setgid,+kill"
    program = [
        os.environ["ORCHESTRATOR_BIN"],
        "-c",
        str(instance.config_file),
    ]
    supervisor = subprocess.Popen(
        [
            *become,
            f"--inh-caps={able}",
            f"--ambient-caps={able}",
            f"--bounding-set={able}",
            *program,
            "supervise",
        ],
        env=instance.env,
        cwd=instance.folder,
    )

    def command(*words):
        return subprocess.run(
            [*become, *program, *words],
            env=instance.env,
            cwd=instance.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
        )

    try:
        socket = instance.folder / "run" / "control.sock"
        wait_for(socket.exists, 20, "it listens")
        instance.write_tasks("[[daemon sleep 4321]] [[silent]]")
        done = command("start", "list.md")
        assert done.returncode == 0, done.stdout
        assert command("approve").returncode == 0
        seen = instance.agent(1)
        assert seen["status"]["Uid"].split() == [str(account.pw_uid)] * 4
        status = status_of(supervisor.pid)
        assert [int(status[x], 16) for x in ("CapPrm", "CapEff")] == [0, 0]
        assert status["NoNewPrivs"] == "1"
        wait_for(lambda: sleepers(instance), 20)
        assert command("cancel").returncode == 0
        nothing_left(instance)
    finally:
        supervisor.terminate()
        assert supervisor.wait(30) == 0
