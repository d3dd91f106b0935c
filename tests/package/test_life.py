"""The life of the package on a server, in the order in which it happens: it
is installed, used, restarted, upgraded, rebooted, removed, installed again
and purged. One machine goes through all of it; each scene begins where the
one before has left it.
"""

import concurrent.futures
import json
import re

import pytest

import build
import prose
from door import NAME, WEB, Door
from harness.waiting import wait_for
from scenes import (STATE, Knocking, agent_runs, install, let_many_in, main_pid,
                    start, state, write_list)

AGENT = "/usr/share/doc/orchestrator/examples/demo-agent"
WORK = "/var/lib/orchestrator-agent/work"
LIVE = f"/etc/letsencrypt/live/{NAME}"
# What the documentation says, word for word.
ENABLE = """
ln -s ../sites-available/orchestrator /etc/nginx/sites-enabled/
nginx -t && systemctl reload nginx
"""


# On each release that is promised.
pytestmark = [
    pytest.mark.parametrize("release", [12, 13], indirect=True, scope="module"),
    pytest.mark.timeout(900),  # the package is built on the other release
]


@pytest.fixture(autouse=True)
def told_in_order(story, request):
    if story["broken_by"] not in (None, request.node.name):
        pytest.fail(f"{story['broken_by']} has failed before", pytrace=False)


@pytest.fixture(scope="module")
def door(machine, certificate):
    return Door(machine, certificate[0])


# -- installing ---------------------------------------------------------------

def test_apt_installs_it_without_a_question(machine, deb):
    install(machine, deb)
    for unit in ("orchestrator.socket", "orchestrator.service",
                 "orchestrator-supervisor.service"):
        assert machine.out(f"systemctl is-active {unit}") == "active"
        assert machine.out(f"systemctl is-enabled {unit}") == "enabled"


def test_the_secret_is_fresh_and_for_its_group_only(machine, door):
    assert re.fullmatch("[0-9a-f]{64}", door.secret)
    for path, mode in {
            "/etc/orchestrator": "750 root orchestrator",
            "/etc/orchestrator/.env": "640 root orchestrator",
            "/etc/orchestrator/config.yaml": "640 root orchestrator",
            "/run/orchestrator.sock": "660 root www-data",
            "/run/orchestrator": "700 orchestrator orchestrator",
            "/var/lib/orchestrator": "750 orchestrator orchestrator",
            "/var/log/orchestrator": "700 orchestrator orchestrator",
            WORK: "750 orchestrator-agent orchestrator"}.items():
        assert machine.out(f"stat -c '%a %U %G' {path}") == mode, path


def test_the_agent_can_read_nothing_of_ours(machine):
    for path in ("/etc/orchestrator/.env", "/etc/orchestrator/config.yaml",
                 "/var/lib/orchestrator", "/var/log/orchestrator",
                 "/run/orchestrator", "/run/orchestrator.sock"):
        done = machine.sh(f"runuser -u orchestrator-agent -- cat {path}",
                          check=False)
        assert "Permission denied" in done.stderr, path


def test_the_units_are_sound(machine):
    units = ("orchestrator.socket orchestrator.service"
             " orchestrator-supervisor.service orchestrator@web.socket"
             " orchestrator@web.service orchestrator-supervisor@web.service"
             " /usr/share/doc/orchestrator/examples/"
             "orchestrator-spawn-fcgi.service")
    done = machine.sh(f"systemd-analyze verify --man=no {units}")
    assert "orchestrator" not in done.stdout + done.stderr


def test_the_site_is_enabled_by_one_command(machine, door, certificate):
    machine.sh(f"mkdir -p {LIVE}")
    for path in certificate:
        machine.put(path, LIVE)
    assert ENABLE.strip() in (build.ROOT / "docs/server.md").read_text()
    machine.sh(ENABLE)
    door.wait_up()
    status, health = door.health()
    assert status == 200
    assert (health["status"], health["supervisor"]) == ("ok", "up")


# -- using ----------------------------------------------------------------

def test_a_first_task_from_start_to_finish(machine, door):
    machine.sh(f"echo CLAUDE_CLI_PATH={AGENT} >>/etc/orchestrator/.env &&"
               " orchestrator check && systemctl reload orchestrator")
    name = write_list(machine, "first.md",
                      "Create a file hello.txt containing:\n\n```\nhi\n```")
    door.ok("start", task_file=name, user="ada")
    waiting = door.wait_status("waiting_approval")
    assert (waiting["task"], waiting["total"]) == (1, 1)
    assert not agent_runs(machine)
    door.ok("approve", user="ada")
    door.wait_status("completed")
    assert machine.out(f"stat -c %U {WORK}/hello.txt") == "orchestrator-agent"
    (task,) = state(machine)["tasks"]
    assert (task["result"], task["approved_by"]) == ("success", "ada")


def test_the_secret_is_asked_for(door):
    status, _ = door.curl("/webhook/status", "-d", "{}", "-H",
                          "Content-Type: application/json")
    assert status == 401


def test_claude_has_no_capability_and_no_secret(machine, door):
    start(machine, door, "closed.md", "Wait 600 seconds.")
    pid = wait_for(lambda: machine.out(
        "pgrep -u orchestrator-agent -f -o demo-agent", check=False), 20)
    status = machine.out(f"cat /proc/{pid}/status")
    sets = re.findall(r"^Cap(Inh|Prm|Eff|Amb):\s*(\w+)", status, re.MULTILINE)
    assert [int(value, 16) for _, value in sets] == [0, 0, 0, 0]
    assert "NoNewPrivs:\t1" in status
    assert door.secret not in machine.out(f"tr '\\0' '\\n' <"
                                          f"/proc/{pid}/environ")
    door.ok("cancel")
    door.wait_status("waiting_approval")
    assert not agent_runs(machine)
    door.ok("stop")


def test_the_supervisor_ends_a_task_by_its_control_group(machine, door):
    start(machine, door, "group.md", "Wait 600 seconds.")
    pid = wait_for(lambda: machine.out(
        "pgrep -u orchestrator-agent -f -o demo-agent", check=False), 20)
    group = machine.out(f"sed -n 's/^0:://p' /proc/{pid}/cgroup")
    own = machine.out("systemctl show -P ControlGroup orchestrator-supervisor")
    assert group.startswith(f"{own}/"), group
    door.ok("stop")
    door.wait_status("stopped")
    wait_for(lambda: not machine.path(f"/sys/fs/cgroup{group}").exists(), 20,
             "the attempt's control group is gone")


def test_a_responder_restarts_during_a_task_and_drops_nothing(machine, door):
    let_many_in(machine)
    start(machine, door, "restart.md", "Wait 5 seconds.")
    before = main_pid(machine, "orchestrator-supervisor")
    with Knocking(door) as knocking:
        for _ in range(3):
            machine.sh("systemctl restart orchestrator")
            knocking.more(5)
    knocking.assert_none_lost()
    door.wait_status("completed")
    assert main_pid(machine, "orchestrator-supervisor") == before


def test_a_killed_supervisor_is_back_and_nothing_of_the_task_is_left(
        machine, door):
    start(machine, door, "killed.md", "Wait 600 seconds.")
    wait_for(lambda: agent_runs(machine), 20, "the agent runs")
    machine.sh("systemctl kill -s KILL --kill-whom=main"
               " orchestrator-supervisor")
    answer = door.wait_status("waiting_approval")
    assert answer["waiting_for"]["kind"] == "interrupted"
    assert not agent_runs(machine)
    door.ok("stop")


def test_an_account_that_may_not_look_is_told_what_to_do(machine):
    said = machine.sh("runuser -u nobody -- sh -c"
                      " 'cd / && ! orchestrator status 2>&1'").stdout
    assert "may not read /etc/orchestrator" in said
    assert "sudo orchestrator" in said


def test_the_journal_has_what_an_administrator_looks_for(machine):
    assert "Started" in machine.out(
        "journalctl -q -o cat --no-pager UNIT=orchestrator.service"
        " + _PID=1 | grep -i 'FastCGI responder'")
    assert door_secret_free(machine)
    assert "less confined" not in machine.journal("orchestrator")


def door_secret_free(machine):
    secret = machine.out("sed -n 's/^WEBHOOK_SECRET=//p'"
                         " /etc/orchestrator/.env")
    return secret not in machine.out("journalctl -q -o cat --no-pager")


def test_the_access_log_is_rotated_and_old_logs_go(machine, door):
    logs = "/var/log/orchestrator"
    access = f"{logs}/webhook-access.log"
    machine.sh(f"touch -d '100 days ago' {logs}/2020-01-01.log &&"
               f" touch -d '80 days ago' {logs}/2020-01-02.log &&"
               f" logrotate -f /etc/logrotate.d/orchestrator")
    wait_for(lambda: door.post("status")[0] == 200 and machine.out(
        f"cat {access}"), 20, "the new access log is written")
    assert machine.out(f"cat {access}.1")
    wait_for(lambda: machine.out(f"ls {logs}/2020-*") ==
             f"{logs}/2020-01-02.log", 20, "logging.keep_days")


def test_the_secret_changes_without_a_gap(machine, door):
    old = door.secret
    fresh, copy = prose.commands("docs/secrets.md",
                                 "Changing the webhook secret without a gap")
    config = "/etc/orchestrator/config.yaml"
    machine.sh(fresh)
    machine.sh("sed -i 's/^  secret: .*/  secret: [\"${WEBHOOK_SECRET}\","
               " \"${WEBHOOK_SECRET_OLD}\"]/' " + config)
    machine.sh(f"cd /etc/orchestrator\n{copy}")
    assert door.secret != old
    for secret in (old, door.secret):
        wait_for(lambda: door.post("status", by=secret)[0] == 200, 20,
                 "both secrets are accepted")
    assert door.post("status", by="a" * 64)[0] == 401


def test_a_client_certificate_can_be_asked_for(machine, door, tmp_path):
    heading = "An authority of your own, and a certificate for n8n"
    (make,) = prose.commands("docs/client-certificates.md", heading)
    build.run("sh", "-ec", make, cwd=tmp_path)
    machine.put(tmp_path / "ca.pem", "/etc/nginx/orchestrator-clients.pem")
    site = "/etc/nginx/sites-available/orchestrator"
    machine.sh(f"cp {site} /root/site && sed -i 's/#\\(ssl_.*client\\)/\\1/'"
               f" {site} && nginx -t && systemctl reload nginx")
    wait_for(lambda: door.curl("/health")[0] == 400, 20, "strangers refused")
    assert door.curl("/health", "--cert", tmp_path / "n8n.pem", "--key",
                     tmp_path / "n8n.key")[0] == 200
    # Restarted: after a reload an old worker may still answer for a moment.
    machine.sh(f"cp /root/site {site} && rm /etc/nginx/orchestrator-clients.pem"
               " && systemctl restart nginx")
    door.wait_up()


def test_a_reload_with_a_fault_keeps_the_old_configuration(machine, door):
    config = "/etc/orchestrator/config.yaml"
    machine.sh(f"cp -p {config} /root/config && echo 'nonsense: 1' >>{config}"
               " && systemctl reload orchestrator")
    wait_for(lambda: "unknown key" in machine.journal("orchestrator"), 20,
             "the journal names the fault")
    assert door.health()[0] == 200
    machine.sh(f"cp -p /root/config {config} && systemctl reload orchestrator")


def test_a_start_with_a_fault_is_over_when_the_fault_is(machine, door):
    """A request that came meanwhile has taken the socket down, too."""
    config = "/etc/orchestrator/config.yaml"
    units = "orchestrator.socket orchestrator orchestrator-supervisor"
    mends = ["systemctl start orchestrator.socket",
             *prose.commands("docs/troubleshooting.md",
                             "`config.yaml:31: ...`")]
    for mend in mends:
        machine.sh(f"cp -p {config} /root/config && echo 'nonsense: 1'"
                   f" >>{config} && systemctl restart orchestrator")
        wait_for(lambda: door.health()[0] == 502 and machine.out(
            f"systemctl is-failed {units}", check=False).startswith(
                "failed\nfailed"), 30, "nothing starts", step=0.2)
        machine.sh(f"cp -p /root/config {config} && orchestrator check")
        wait_for(lambda text=mend: machine.sh(text, check=False).returncode
                 == 0 and door.health()[0] == 200, 20, mend, step=1)
        assert machine.out(f"systemctl is-active {units}"
                           ) == "active\nactive\nactive"


def test_a_responder_that_was_reloaded_ends_at_once(machine, door):
    let_many_in(machine)
    for _ in range(4):
        machine.sh("systemctl reload orchestrator")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: door.post("status")[0], range(24)))
        assert set(codes) == {200}
        machine.sh("systemctl restart orchestrator")
    assert "did not end in time" not in machine.journal("orchestrator")


def test_spawn_fcgi_serves_it_too(machine, door):
    unit = "orchestrator-spawn-fcgi.service"
    machine.sh(f"cp /usr/share/doc/orchestrator/examples/{unit}"
               " /etc/systemd/system/")
    lines = machine.out(f"sed -n 's/^#\tsystemctl/systemctl/p'"
                        f" /etc/systemd/system/{unit}")
    assert len(lines.splitlines()) == 2
    machine.sh(f"set -e; {lines}")
    door.wait_up()
    assert machine.out("stat -c '%a %G' /run/orchestrator.sock"
                       ) == "660 www-data"
    machine.sh(f"systemctl disable --now {unit} &&"
               f" rm /etc/systemd/system/{unit} && systemctl daemon-reload &&"
               " systemctl enable --now orchestrator")
    door.wait_up()


def test_a_supervisor_that_hangs_is_replaced(machine, door):
    before = main_pid(machine, "orchestrator-supervisor")
    drop_in = "/run/systemd/system/orchestrator-supervisor.service.d"
    machine.sh(f"mkdir -p {drop_in} && printf '[Service]\nWatchdogSec=3\n'"
               f" >{drop_in}/test.conf && systemctl daemon-reload &&"
               " systemctl restart orchestrator-supervisor")
    before = main_pid(machine, "orchestrator-supervisor")
    machine.sh(f"kill -STOP {before}")
    wait_for(lambda: main_pid(machine, "orchestrator-supervisor")
             not in (0, before), 40, "another supervisor", step=0.2)
    machine.sh(f"rm -r {drop_in} && systemctl daemon-reload")
    assert "Watchdog timeout" in machine.journal("orchestrator-supervisor")
    door.wait_up()


# -- a further instance ----------------------------------------------------

def test_a_second_instance_lives_beside_the_first(machine, door):
    make, _ = prose.commands("docs/instances.md", "More projects on one server")
    machine.sh(make)
    for unit in ("orchestrator@web.socket", "orchestrator@web.service",
                 "orchestrator-supervisor@web.service"):
        assert machine.out(f"systemctl is-active {unit}") == "active"
        assert machine.out(f"systemctl is-enabled {unit}") == "enabled"
    assert machine.out("stat -c '%a %G' /run/orchestrator@web.sock"
                       ) == "660 www-data"
    said = machine.out(
        "orchestrator --json -c /etc/orchestrator/web/config.yaml status")
    assert json.loads(said)["status"] == "idle"
    door.wait_up()


def test_a_second_site_leads_to_the_second_instance(machine, certificate):
    (make,) = prose.commands("docs/server.md", "A second instance")
    site = "/etc/nginx/sites-available/orchestrator_web"
    machine.sh(f"set -e; {make}\n"
               f"sed -i -e 's/server_name .*/server_name {WEB};/'"
               f" -e 's,/live/[^/]*,/live/{NAME},' {site}\n"
               f"ln -s {site} /etc/nginx/sites-enabled/ &&"
               " nginx -t && systemctl reload nginx")
    web = Door(machine, certificate[0], "/etc/orchestrator/web", WEB)
    # The first one answers, with 401, until nginx has taken the site in, and
    # now and then afterwards: a worker of before the reload ends a bit later.
    web.wait_status("idle")
    machine.sh("cd /etc/nginx && rm sites-*/orchestrator_web"
               " snippets/orchestrator_web-* && systemctl reload nginx")


# -- upgrading ----------------------------------------------------------------

def test_an_upgrade_leaves_a_running_task_alone(machine, door, deb, tmp_path):
    secret = door.secret
    machine.sh("echo '# mine' >>/etc/orchestrator/config.yaml")
    newer = build.higher(deb, tmp_path)
    start(machine, door, "upgrade.md", "Wait 30 seconds.")
    supervisor = main_pid(machine, "orchestrator-supervisor")
    responder = main_pid(machine, "orchestrator")
    other = main_pid(machine, "orchestrator@web")
    with Knocking(door) as knocking:
        install(machine, newer)
    knocking.assert_none_lost()
    assert machine.out("dpkg-query -f '${Version}' -W orchestrator") == "1.0.1"
    assert main_pid(machine, "orchestrator") != responder
    assert main_pid(machine, "orchestrator@web") != other
    assert main_pid(machine, "orchestrator-supervisor") == supervisor
    assert agent_runs(machine)
    door.wait_status("completed")

    def renewed():
        pid = main_pid(machine, "orchestrator-supervisor")
        return pid not in (0, supervisor) and "deleted" not in machine.out(
            f"readlink /proc/{pid}/exe", check=False)

    wait_for(renewed, 30, "the supervisor is the new program", step=0.2)
    door.wait_up()
    assert door.ok("status")["completed"] == 1
    assert door.secret == secret
    assert "# mine" in machine.out("cat /etc/orchestrator/config.yaml")


# -- rebooting ----------------------------------------------------------------

def test_a_reboot_during_a_task_asks_what_to_do(machine, door):
    start(machine, door, "reboot.md", "Wait 2 seconds.",
          "Create a file after.txt containing:\n\n```\nthere\n```")
    wait_for(lambda: agent_runs(machine), 20, "the agent runs")
    machine.reboot()
    door.wait_up()
    answer = door.ok("status")
    assert answer["status"] == "waiting_approval"
    assert answer["waiting_for"]["kind"] == "interrupted"
    door.ok("retry")
    door.wait_status("waiting_approval", index=2)
    door.ok("approve")
    door.wait_status("completed", completed=2)
    assert machine.out(f"cat {WORK}/after.txt") == "there"


# -- going ------------------------------------------------------------------

def ours(machine):
    return machine.processes("orchestrator", "orchestrator-agent")


def test_remove_ends_everything_and_keeps_what_is_yours(machine, door):
    start(machine, door, "removed.md", "Wait 600 seconds.")
    wait_for(lambda: agent_runs(machine), 20, "the agent runs")
    machine.sh("apt-get remove -y orchestrator")
    assert not ours(machine)
    assert not machine.path("/run/orchestrator.sock").exists()
    assert not machine.path("/usr/bin/orchestrator").exists()
    for path in ("/etc/orchestrator/.env", "/etc/orchestrator/config.yaml",
                 "/etc/orchestrator/web/config.yaml", STATE,
                 f"{WORK}/hello.txt", "/var/log/orchestrator"):
        assert machine.path(path).exists(), path
    task = state(machine)["tasks"][0]
    assert (task["status"], task["result"]) == ("interrupted", "interrupted")


def test_installed_again_it_goes_on_where_it_was(machine, door, deb):
    secret = door.secret
    install(machine, deb)
    assert door.secret == secret
    door.wait_up()
    answer = door.ok("status")
    assert answer["waiting_for"]["kind"] == "interrupted"
    assert machine.out("systemctl is-active orchestrator@web"
                       " orchestrator-supervisor@web") == "active\nactive"
    door.ok("stop")


def test_an_instance_is_taken_away_whole(machine):
    make, take = prose.commands("docs/instances.md",
                                "More projects on one server")
    machine.sh(take)
    for unit in ("orchestrator@web.socket", "orchestrator@web.service",
                 "orchestrator-supervisor@web.service"):
        assert machine.out(f"systemctl is-active {unit}",
                           check=False) == "inactive", unit
    assert not machine.path("/run/orchestrator@web.sock").exists()
    assert not any("/web/" in row for row in ours(machine))
    machine.sh(make)


def test_purge_leaves_nothing_but_the_work(machine):
    done = machine.sh("apt-get purge -y orchestrator 2>&1")
    assert f"{WORK} holds Claude's work" in done.stdout
    assert not ours(machine)
    left = machine.out("find /etc /run /usr /var /lib /home /tmp"
                       " -name '*orchestrator*'").splitlines()
    assert set(left) - {"/var/log/orchestrator"} == {
        LIVE, "/var/lib/orchestrator", "/var/lib/orchestrator-agent"}
    # What people wrote stays; state, secret and logs do not.
    assert machine.out("ls /var/lib/orchestrator/tasks/upgrade.md")
    assert not machine.out("find /var/lib/orchestrator -maxdepth 1"
                           " -name '*state.json*'")
    assert not machine.out("find /var/log/orchestrator -maxdepth 1 -type f",
                           check=False)
    assert machine.out(f"cat {WORK}/hello.txt") == "hi"
    assert machine.out("systemctl is-system-running", check=False) == "running"
    machine.sh("nginx -t && systemctl restart nginx")
    assert f" {NAME}" not in machine.out("nginx -T 2>/dev/null")
