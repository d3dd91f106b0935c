"""An agent that works against the house: whatever it does to itself or to
the processes around it, its attempt ends and nothing of it is left."""

import contextlib
import os
import pathlib
import signal
import subprocess

import pytest
from harness import processes
from harness.instance import AGENT, program
from harness.waiting import wait_for

HARNESS = pathlib.Path(processes.__file__).parent


@pytest.fixture
def zombie(tmp_path):
    """A program whose first thread ends while another lives on."""
    program = tmp_path / "living-zombie"
    source = HARNESS / "living_zombie.c"
    subprocess.run(["cc", "-pthread", "-o", program, source], check=True)
    return program


def living_zombies():
    """Processes that show as a zombie and have a thread left."""
    found = []
    for process in processes.snapshot().values():
        if process.zombie and process.name.startswith("living-zombie"):
            try:
                if len(os.listdir(f"/proc/{process.pid}/task")) > 1:
                    found.append(process)
            except OSError:
                pass
    return found


def none_left():
    def gone():
        processes.reap()
        return not living_zombies()

    wait_for(gone, 20, "no living zombie is left")


def keeper_of(instance):
    supervisor = instance.supervisor().pid
    return next(
        p.pid
        for p in instance.mine()
        if p.ppid == supervisor and p.name == "orch-keeper"
    )


def under_way(instance, zombie):
    instance.start_list(f"[[run {zombie}]] [[silent]]")
    instance.approve()
    wait_for(living_zombies, 20, "a zombie that lives")


def test_a_living_zombie_ends_with_its_task(instance, zombie):
    instance.start_list(f"[[run {zombie}]]", "[[say two]]")
    instance.approve()
    instance.wait_task(1, "completed")
    none_left()


def test_a_living_zombie_ends_on_cancel(instance, zombie):
    under_way(instance, zombie)
    assert instance.post("/webhook/cancel").code == 200
    assert instance.wait_task(1, "failed")["result"] == "cancelled"
    none_left()


def test_a_living_zombie_ends_at_the_timeout(make_instance, zombie):
    instance = make_instance(config={"claude": {"timeout": 2}}).start()
    under_way(instance, zombie)
    assert instance.wait_task(1, "failed")["result"] == "timeout"
    none_left()


@pytest.mark.parametrize("keeper_too", [False, True])
def test_a_living_zombie_ends_when_the_supervisor_dies(
    instance, zombie, keeper_too
):
    under_way(instance, zombie)
    victims = [instance.supervisor().pid]
    if keeper_too:
        victims.append(keeper_of(instance))
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    instance.wait_status("waiting_approval", 40)
    none_left()


def test_a_stopped_keeper_does_not_hold_up_cancel(instance):
    instance.start_list("[[leave sleep 4321]] [[silent]]")
    instance.approve()
    wait_for(instance.attempt_processes, 20, "it runs")
    os.kill(keeper_of(instance), signal.SIGSTOP)
    assert instance.post("/webhook/cancel").code == 200
    assert instance.wait_task(1, "failed")["result"] == "cancelled"
    assert not instance.attempt_processes()
    instance.wait_log("does not end its attempt")


def test_a_stopped_keeper_does_not_hold_up_the_next_supervisor(instance):
    instance.start_list("[[leave sleep 4321]] [[silent]]")
    instance.approve()
    wait_for(instance.attempt_processes, 20, "it runs")
    os.kill(keeper_of(instance), signal.SIGSTOP)
    os.kill(instance.supervisor().pid, signal.SIGKILL)
    instance.wait_status("waiting_approval", 40)
    assert not instance.attempt_processes()


def test_what_a_stopped_keeper_kept_cannot_hide(instance):
    """Not in a session of its own, without our mark in its environment, and
    outside its cgroup, where it may leave that."""
    leave = "".join(f"echo $$ > {folder}/cgroup.procs; "
                    for folder in processes.cgroup_mounts())
    instance.start_list(f"[[leave {leave}env -i sleep 43210]] [[silent]]")
    instance.approve()
    hidden = wait_for(lambda: next(
        (p.pid for p in processes.snapshot().values()
         if p.argv == ["sleep", "43210"]), None), 20, "it runs")
    keeper = keeper_of(instance)

    def next_supervisor_asks():
        """Whatever wakes the keeper, it is stopped again at once."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(keeper, signal.SIGSTOP)
        return instance.state()["status"] == "waiting_approval"

    os.kill(keeper, signal.SIGSTOP)
    os.kill(instance.supervisor().pid, signal.SIGKILL)
    wait_for(next_supervisor_asks, 40, "the next supervisor asks")
    processes.reap()
    assert not processes.alive(hidden)


def test_what_claude_starts_does_not_shut_down_and_learns_so_at_once(instance):
    said = instance.work / "said"
    command = f"{program()} -c {instance.config_file} shutdown > {said} 2>&1"
    instance.start_list(f"[[run {command}]]")
    instance.approve()
    instance.wait_task(1, "completed", 10)
    assert "may not command the supervisor" in said.read_text()


def status_of(pid):
    with open(f"/proc/{pid}/status") as lines:
        return dict(
            line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line
        )


def by_name(instance, name):
    return next(p for p in instance.mine() if p.name == name)


def test_who_meets_foreign_bytes_has_given_up_the_rest(instance):
    instance.start_list("[[say one]]")
    wait_for(lambda: instance.receiver.events(), 20, "a notification")
    responder = next(
        p
        for p in instance.mine()
        if "fcgi" in p.argv and p.name != "orch-watcher"
    )
    for pid in responder.pid, by_name(instance, "orch-notifier").pid:
        status = status_of(pid)
        assert int(status["CapEff"], 16) == 0
        assert int(status["CapPrm"], 16) == 0
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
    # What starts the supervisor is not bound by it, nor is the supervisor.
    for pid in by_name(instance, "orch-watcher").pid, instance.supervisor().pid:
        assert status_of(pid)["Seccomp"] == "0"
    for process in instance.mine():
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        core = next(x for x in limits.splitlines() if "core file" in x)
        assert core.split()[4] == "0"


def test_a_dead_watcher_is_told(instance):
    watcher = by_name(instance, "orch-watcher").pid
    os.kill(watcher, signal.SIGKILL)
    wait_for(lambda: not processes.alive(watcher), 10)
    instance.stop_supervisor()
    answer = instance.post("/webhook/pause")
    assert answer.code == 503
    assert "restart the responder" in answer["message"]


def test_nobody_reads_standard_error(make_instance, tmp_path):
    """A full pipe, and nothing at all, in place of standard error."""
    instance = make_instance(config={"server": {"supervisor": "external"}})
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"x"):
            pass
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    command = [os.environ["ORCHESTRATOR_BIN"], "-c", instance.config_file]
    supervisor = subprocess.Popen(
        [*command, "supervise"],
        cwd=instance.folder,
        env=instance.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=writer,
    )
    os.close(writer)
    instance.start()
    for _ in range(3):
        supervisor.send_signal(signal.SIGHUP)
        assert instance.post("/webhook/pause").code == 409
    os.set_blocking(reader, False)
    while os.read(reader, 1 << 20):
        try:
            os.set_blocking(reader, False)
            if not os.read(reader, 1 << 20):
                break
        except BlockingIOError:
            break
    supervisor.send_signal(signal.SIGHUP)

    def heard():
        try:
            return b"could not be written here" in os.read(reader, 1 << 20)
        except BlockingIOError:
            return False

    wait_for(heard, 10, "it speaks again, and says how much is missing")
    os.close(reader)
    supervisor.terminate()
    assert supervisor.wait(20) == 0


def test_no_descriptors_at_the_start(make_instance):
    instance = make_instance(config={"server": {"supervisor": "external"}})
    program = os.environ["ORCHESTRATOR_BIN"]
    supervisor = subprocess.Popen(
        [
            "sh",
            "-c",
            'exec "$0" -c "$1" supervise <&- >&- 2>&-',
            program,
            instance.config_file,
        ],
        cwd=instance.folder,
        env=instance.env,
    )
    instance.start()
    if os.geteuid() == 0:  # it lets nobody else look
        found = [
            os.readlink(f"/proc/{supervisor.pid}/fd/{number}")
            for number in range(3)
        ]
        assert found == ["/dev/null"] * 3
    assert (instance.run_dir / "lock").read_text() == ""
    supervisor.terminate()
    assert supervisor.wait(20) == 0


def test_what_an_attempt_started_does_not_command(instance):
    program = os.environ["ORCHESTRATOR_BIN"]
    command = f"{program} -c {instance.config_file} --json stop > said 2>&1"
    instance.start_list(f"[[run {command}]]", "[[say 2]]")
    instance.approve()
    instance.wait_task(1, "completed")
    said = (instance.work / "said").read_text()
    assert "what Claude starts may not command the supervisor" in said
    assert instance.state()["status"] == "waiting_approval"
    instance.wait_log("tried the control socket")


def test_a_looser_policy_waits_for_the_next_start(instance):
    instance.start_list("[[say one]]", "[[say two]]")
    instance.write_config(orchestrator={"approval_mode": "auto"})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    wait_for(
        lambda: "holds until the next start" in instance.log_text(), 20
    )
    instance.approve()
    state = instance.wait_task(1, "completed") and instance.state()
    assert state["status"] == "waiting_approval"
    assert instance.post("/webhook/stop").code == 200
    instance.start_list("[[say one]]", "[[say two]]")
    instance.wait_status("completed")


def is_bound(seen):
    argv, cwd = seen["argv"], pathlib.Path(seen["cwd"])
    return ("--permission-prompt-tool" in argv and "WebFetch" in argv and
            "Bash" not in argv and cwd.name == "work")


@pytest.mark.parametrize("looser", [
    {"permissions": "skip"},
    {"allow": ["Bash"]},
    {"deny": []},
    {"flags": ["--allowedTools", "Bash"]},
    {"command": [str(AGENT), "-p", "--allowedTools", "Bash"]},
    {"workdir": "home"},
    {"env": ["PATH=/nowhere:/usr/bin:/bin"], "permissions": "none"},
], ids=str)
def test_so_does_what_claude_may_do_unasked(make_instance, looser):
    bound = {"permissions": "ask", "allow": ["Read"], "deny": ["WebFetch"]}
    instance = make_instance(config={"claude": bound}).start()
    instance.start_list("[[say one]]", "[[say two]]")
    instance.write_config(claude=looser)
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    instance.wait_log("holds until the next start")
    instance.approve()
    assert is_bound(instance.agent(1))
    instance.wait_task(1, "completed")
    assert instance.post("/webhook/stop").code == 200
    instance.start_list("[[say one]]")
    instance.approve()
    instance.work = instance.folder / instance.config["claude"]["workdir"]
    again = 1 if instance.work.name == "home" else 2
    assert not is_bound(instance.agent(again))


def test_what_is_tightened_beside_it_is_taken_at_once(make_instance):
    bound = {"permissions": "ask", "allow": ["Read"], "deny": ["WebFetch"]}
    instance = make_instance(config={"claude": bound}).start()
    instance.start_list("[[say one]]", "[[say two]]")
    instance.write_config(
        claude={"allow": ["Read", "Bash"], "deny": ["WebFetch", "Glob"]}
    )
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    instance.wait_log("holds until the next start")
    instance.approve()
    seen = instance.agent(1)
    assert is_bound(seen) and "Glob" in seen["argv"]


def test_a_mode_and_the_flags_that_name_it_stay_together(make_instance):
    named = {"permissions": None, "flags": ["--permission-mode", "acceptEdits"]}
    instance = make_instance(config={"claude": named}).start()
    instance.start_list("[[say one]]")
    instance.write_config(claude={"permissions": "ask", "flags": []})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    instance.wait_log("holds until the next start")
    instance.approve()
    argv = instance.agent(1)["argv"]
    assert "acceptEdits" in argv and "--permission-prompt-tool" not in argv


@pytest.fixture
def bounded(make_instance):
    """Claude is an account of its own, with few processes and little memory:
    root would know no bound outside a cgroup."""
    instance = make_instance(
        config={
            "claude": {
                "user": "nobody",
                "max_processes": 77,
                "max_memory": 4096,
                "timeout": 5,
            }
        }
    )
    for folder in (instance.work, instance.home):
        os.chmod(folder, 0o777)
    for folder in [instance.folder, *instance.folder.parents]:
        os.chmod(folder, os.stat(folder).st_mode | 0o011)
    instance.config["claude"]["env"] = [f"HOME={instance.home}"]
    instance.write_config()
    return instance.start()


@pytest.mark.needs_root
def test_limits_of_an_attempt(bounded):
    script = "grep -E 'Max (data|processes)' /proc/self/limits > limits"
    bounded.start_list(f"[[run {script}]]")
    bounded.approve()
    bounded.wait_task(1, "completed")
    text = (bounded.work / "limits").read_text()
    data, most = (line.split()[-2] for line in text.splitlines())
    # In a cgroup of its own they are the cgroup's.
    assert data in ("unlimited", str(4096 << 20))
    assert most == "unlimited" or 77 <= int(most) < 2000


@pytest.mark.needs_root
def test_a_fork_bomb_is_bounded_and_ends_with_its_attempt(bounded):
    bounded.start_list("[[run b() { sleep 4321 & b | b & }; b; sleep 4321]] [[silent]]")
    bounded.approve()
    counts = []

    def ended():
        counts.append(len(bounded.attempt_processes()))
        return bounded.task(1)["status"] == "failed"

    wait_for(ended, 30, "the bomb's attempt ends")
    assert bounded.task(1)["result"] == "timeout"
    assert 10 < max(counts) < 400
    assert not bounded.attempt_processes()


def bubblewrap_works():
    probe = (
        "bwrap --ro-bind / / --unshare-pid --proc /proc --dev /dev true"
    ).split()
    return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0


def test_claude_in_the_sandbox(make_instance, api, receiver, claude_program):
    """The real Claude under bubblewrap: it works where it should, and sees
    neither the secrets nor anybody else."""
    instance = make_instance(
        agent="claude",
        api=api,
        receiver=receiver,
        config={"claude": {"sandbox": True}},
    ).start()
    script = (
        "echo in > inside; cat ../.env > env 2>&1; ls ../run > run 2>&1; "
        "echo x > ../config.yaml; echo x > ../state.json; "
        "ls /proc | grep -c '^[0-9]' > seen; echo y > $HOME/mine; echo done"
    )
    before = instance.config_file.read_text()
    instance.start_list(f"[[bash {script}]] [[say done]]")
    instance.approve()
    if not bubblewrap_works():
        task = instance.wait_task(1, "failed")
        assert "bwrap" in task["error"]
        done = instance.cli("doctor")
        assert "claude.sandbox" in done.stdout
        return
    instance.wait_task(1, "completed")
    assert (instance.work / "inside").read_text() == "in\n"
    assert (instance.home / "mine").read_text() == "y\n"
    assert instance.secret not in (instance.work / "env").read_text()
    assert (instance.work / "run").read_text() == ""
    assert int((instance.work / "seen").read_text()) < 20
    assert instance.config_file.read_text() == before
    assert instance.state()["status"] == "completed"


def test_the_sandbox_s_walls_cannot_be_moved(make_instance):
    """A folder between home, which can be written, and the configuration,
    which cannot, stays where it is: it could be another one at the next
    start."""
    instance = make_instance()
    between = instance.folder.parent
    script = instance.work / "script"
    script.write_text(
        f"mv {between} {between}.gone; mkdir -p {instance.folder}\n"
        f"echo x >{instance.folder}/config.yaml\n"
        f"echo y >{between.parent}/mine; ls /run/user >users\n"
        f"umount {instance.folder}/.env; cat {instance.folder}/.env >secrets\n"
        "v=/proc/sys/kernel/printk_ratelimit; n=$(cat $v)\n"
        "(echo $n >$v) 2>&- && echo $n >set; echo over\n"
    )
    instance.env["HOME"] = str(between.parent)
    instance.write_config(
        claude={
            "sandbox": True,
            "command": f"/bin/sh {script}",
            "output_format": "text",
            "flags": "",
        }
    )
    instance.start()
    before = instance.config_file.read_text()
    instance.start_list("break out")
    instance.approve()
    if not bubblewrap_works():
        assert instance.wait_task(1, "failed")
        return
    instance.wait_task(1, "completed")
    assert (between.parent / "mine").read_text() == "y\n"
    assert instance.config_file.read_text() == before
    for file in "users", "secrets":
        assert (instance.work / file).read_text() == ""
    assert not (instance.work / "set").exists(), "the machine's own settings"


def test_a_sandboxed_attempt_ends_on_cancel(make_instance):
    instance = make_instance(
        agent="/bin/sleep 4321",
        config={
            "claude": {
                "sandbox": True,
                "output_format": "text",
                "flags": "",
            }
        },
    ).start()
    instance.start_list("wait")
    instance.approve()
    if not bubblewrap_works():
        assert instance.wait_task(1, "failed")
        return
    wait_for(instance.attempt_processes, 20, "it runs")
    assert instance.post("/webhook/cancel").code == 200
    assert instance.wait_task(1, "failed")["result"] == "cancelled"
    assert not instance.attempt_processes()


def test_check_says_that_claude_has_our_account(make_instance):
    instance = make_instance()
    done = instance.cli("check")
    assert done.returncode == 0
    assert "approve itself" in done.stdout
    instance.write_config(claude={"sandbox": True})
    assert "approve itself" not in instance.cli("check").stdout
    assert "it is written here" not in instance.cli("check").stdout
    instance.write_config(webhooks={"secret": instance.secret})
    assert "it is written here" in instance.cli("check").stdout
