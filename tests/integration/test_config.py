"""Configuration: every fault at once with its line, and what `check` says."""

import os
import pathlib
import re
import signal
import stat
import subprocess

import pytest
import yaml
from harness.instance import program
from harness.waiting import wait_for

RELOADED = "the configuration was read again"
MINIMAL = """\
orchestrator:
  approval_mode: required
webhooks:
  secret: "${WEBHOOK_SECRET}"
claude:
  workdir: work
"""


def check(instance, text=None, *args, env=None):
    if text is not None:
        instance.config_file.write_text(text)
    return instance.cli("check", *args, env=env)


def line_of(text, needle):
    return 1 + text[: text.index(needle)].count("\n")


def test_a_clean_configuration_is_said_to_be_clean(make_instance):
    done = check(make_instance(), MINIMAL)
    assert (done.returncode, done.stderr) == (0, ""), done


# One line each, laid over MINIMAL: section, the line, what the fault names.
FAULTS = [
    ("server", "port: 0", "server.port"),
    ("server", "port: 65536", "server.port"),
    ("server", "port: x", "server.port"),
    ("server", "threads: 0", "server.threads"),
    ("server", "supervisor: maybe", "server.supervisor"),
    ("server", "debug: maybe", "server.debug"),
    ("server", "frob: 1", "server.frob"),
    ("orchestrator", "approval_mode: sometimes", "orchestrator.approval_mode"),
    (
        "orchestrator",
        "checkpoint_after: {a: b}",
        "orchestrator.checkpoint_after",
    ),
    ("orchestrator", "auto_approve: [[x]]", "orchestrator.auto_approve"),
    ("orchestrator", "on_interrupted: never", "orchestrator.on_interrupted"),
    ("orchestrator", "timezone: Mars/Base", "orchestrator.timezone"),
    ("webhooks", "enabled: 3", "webhooks.enabled"),
    ("webhooks", "secret: short", "webhooks.secret"),
    ("webhooks", 'secret: ""', "webhooks.secret"),
    ("webhooks", "secret: [a-secret-0123456789, short]", "webhooks.secret"),
    (
        "webhooks",
        "secret: [a-secret-0123456789, b-secret-0123456789, "
        "c-secret-0123456789, d-secret-0123456789, "
        "e-secret-0123456789]",
        "webhooks.secret",
    ),
    ("webhooks", 'secret: "${NOT_SET_ANYWHERE}"', "NOT_SET_ANYWHERE"),
    ("webhooks", "n8n_notify_url: ftp://x/", "webhooks.n8n_notify_url"),
    ("webhooks", "notify_header: no-colon", "webhooks.notify_header"),
    ("webhooks", 'notify_header: "A: b\\r\\nC: d"', "webhooks.notify_header"),
    ("webhooks", "notify_retry_hours: -1", "webhooks.notify_retry_hours"),
    ("claude", 'command: "claude \'unclosed"', "claude.command"),
    ("claude", "command: '\"\"'", "claude.command"),
    ("claude", "command: []", "claude.command"),
    ("claude", "output_format: xml", "claude.output_format"),
    ("claude", "workdir: /nowhere/at/all", "claude.workdir"),
    ("claude", "user: no-such-account", "claude.user"),
    ("claude", "env: ['1BAD']", "claude.env"),
    ("claude", "timeout: 5m", "claude.timeout"),
    ("claude", "timeout: 0", "claude.timeout"),
    ("claude", "idle_timeout: -1", "claude.idle_timeout"),
    ("claude", "kill_grace: 1.5", "claude.kill_grace"),
    ("logging", "level: LOUD", "logging.level"),
    ("logging", 'format: "%(thread)d %(message)s"', "logging.format"),
    ("logging", "task_logs: maybe", "logging.task_logs"),
    ("logging", "keep_days: -1", "logging.keep_days"),
    ("telegram", "commands: [dance]", "telegram.commands"),
    ("telegram", "chat_id: {a: b}", "telegram.chat_id"),
    ("claude", "flags: --resume 1b2c", "claude.flags"),
    ("claude", "flags: [--output-format=json]", "claude.flags"),
    ("paths", "state_file: /tmp", "paths.state_file"),
    ("frob", "x: 1", "frob"),
]


def laid_over(section, line):
    """MINIMAL with that line in that section, in place of the key's own."""
    config = MINIMAL
    key = line.split(":")[0]
    if f"{section}:\n" not in config:
        return f"{config}{section}:\n  {line}\n"
    config = re.sub(rf"  {key}: .*\n", "", config)
    return config.replace(f"{section}:\n", f"{section}:\n  {line}\n")


@pytest.mark.parametrize(
    "section,line,named",
    FAULTS,
    ids=[f"{s}.{line}"[:40] for s, line, _ in FAULTS],
)
def test_each_fault_names_its_line_and_key(make_instance, section, line, named):
    text = laid_over(section, line)
    done = check(make_instance(), text)
    assert (done.returncode, done.stderr) == (1, ""), done
    where = line_of(text, f"{section}:\n" if section == "frob" else line)
    faults = [
        line
        for line in done.stdout.splitlines()
        if not line.startswith("warning: ")
    ]
    assert len(faults) == 1, faults
    assert re.match(rf"(\S*/)?config\.yaml:{where}: ", faults[0]), faults
    assert named in faults[0]


MALFORMED = [
    "orchestrator: [",
    "a: b: c\n",
    "- a\n",
    "",
    MINIMAL + "orchestrator:\n  approval_mode: auto\n",
    MINIMAL.replace(
        "  approval_mode: required\n",
        "  approval_mode: required\n  approval_mode: auto\n",
    ),
    "x: &a 1\ny: *a\n" + MINIMAL,
    MINIMAL.replace("required", "!!str required"),
    "a: " + "[" * 40 + "]" * 40 + "\n" + MINIMAL,
    MINIMAL + "# " + "x" * 300000,
    "\tserver: {}\n" + MINIMAL,
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda t: repr(t[:24]))
def test_malformed_yaml_is_a_fault_and_fast(make_instance, text):
    done = check(make_instance(), text)
    assert (done.returncode, done.stderr) == (1, ""), done
    assert re.match(r"(\S*/)?config\.yaml:\d+: ", done.stdout)


def test_all_faults_in_one_run(make_instance):
    text = (
        "server:\n  port: x\n  frob: 1\norchestrator:\n"
        "  approval_mode: no\nwebhooks:\n  secret: short\n"
        "claude:\n  timeout: 5m\n"
    )
    faults = check(make_instance(), text).stdout.splitlines()
    lines = [int(fault.split(":")[1]) for fault in faults]
    assert lines == [2, 3, 5, 7, 9]


def test_what_is_required_is_missed(make_instance):
    done = check(make_instance(), "server:\n  port: 5000\n")
    assert done.returncode == 1
    assert "webhooks.secret" in done.stdout


def test_faults_start_nothing(make_instance):
    instance = make_instance()
    instance.config_file.write_text(laid_over("claude", "timeout: 5m"))
    for command in ("supervise", "start", "fcgi", "status"):
        done = instance.cli(command)
        assert done.returncode == 4, command
        assert re.search(r"config\.yaml:\d+: claude\.timeout", done.stderr)
    assert not (instance.run_dir / "lock").exists()
    assert instance.state() is None


def test_a_configuration_that_cannot_be_opened_is_4(make_instance):
    instance = make_instance()
    instance.config_file.unlink()
    for command in ("check", "status", "start", "supervise"):
        done = instance.cli(command)
        assert done.returncode == 4, command
        assert "No such file" in done.stderr
        assert done.stderr.startswith("orchestrator: ")


def test_expansion_environment_before_dotenv_before_default(make_instance):
    instance = make_instance()
    (instance.folder / ".env").write_text(
        "# comment\n\nexport A=from-dotenv\nB='single quoted'\n"
        f'WEBHOOK_SECRET="{instance.secret}"\nEMPTY=\n'
    )
    text = MINIMAL + (
        "  flags: ['A=${A}', 'B=${B}', 'C=${C:-other}', "
        "'D=${EMPTY:-default}', 'E=a${A}b']\n"
    )
    done = check(instance, text, "--print", env={"A": "from-environment"})
    assert done.returncode == 0, done
    flags = yaml.safe_load(done.stdout)["claude"]["flags"]
    assert flags == [
        "A=from-environment",
        "B=single quoted",
        "C=other",
        "D=default",
        "E=afrom-environmentb",
    ]


def test_a_fault_in_dotenv_has_its_line(make_instance):
    instance = make_instance()
    (instance.folder / ".env").write_text(
        f"WEBHOOK_SECRET={instance.secret}\nthis is no line\n"
    )
    done = check(instance, MINIMAL)
    assert done.returncode == 1
    assert re.search(r"\.env:2: ", done.stdout)


def test_print_shows_everything_and_no_secret(make_instance):
    instance = make_instance()
    header = "X-Auth: very-secret-header-value"
    text = laid_over("webhooks", f'notify_header: "{header}"')
    done = check(instance, text, "--print")
    assert done.returncode == 0, done
    assert instance.secret not in done.stdout
    assert "very-secret-header-value" not in done.stdout
    shown = yaml.safe_load(done.stdout)
    assert shown["server"]["host"] == "127.0.0.1"
    assert shown["server"]["port"] == 5000
    assert shown["server"]["threads"] == 4
    assert shown["server"]["supervisor"] == "auto"
    assert shown["orchestrator"]["on_interrupted"] == "ask"
    assert shown["webhooks"]["enabled"] is True
    assert shown["webhooks"]["notify_retry_hours"] == 72
    assert shown["claude"]["output_format"] == "stream-json"
    assert (
        shown["claude"]["timeout"],
        shown["claude"]["idle_timeout"],
        shown["claude"]["kill_grace"],
    ) == (300, 0, 10)
    assert shown["logging"]["level"] == "INFO"
    assert shown["telegram"]["commands"]


def test_what_print_prints_is_a_configuration(make_instance):
    instance = make_instance()
    printed = check(instance, MINIMAL, "--print").stdout
    shown = yaml.safe_load(printed)
    shown["webhooks"]["secret"] = instance.secret
    again = check(instance, yaml.safe_dump(shown), "--print")
    assert again.returncode == 0, again
    assert yaml.safe_load(again.stdout) == yaml.safe_load(printed)


def test_a_workdir_that_holds_the_secrets_is_warned_of(make_instance):
    instance = make_instance()
    done = check(instance, laid_over("claude", "workdir: ."))
    assert done.returncode == 0, done
    assert "claude.workdir" in done.stdout + done.stderr
    done = check(instance, MINIMAL)
    assert "claude.workdir" not in done.stdout + done.stderr


def test_another_address_than_loopback_is_warned_of(make_instance):
    text = laid_over("server", 'host: "0.0.0.0"')
    done = check(make_instance(), text)
    assert done.returncode == 0, done
    assert "server.host" in done.stdout + done.stderr


@pytest.mark.needs_root
def test_root_as_claudes_account_is_judged_as_the_supervisor_will(
    make_instance,
):
    """check is run by root, the supervisor by the owner of run_dir."""
    instance = make_instance()
    text = laid_over("claude", "user: root")
    assert check(instance, text).returncode == 0
    instance.run_dir.mkdir(exist_ok=True)
    os.chown(instance.run_dir, 65534, -1)
    done = check(instance, text)
    assert done.returncode == 1
    (fault,) = [
        line
        for line in done.stdout.splitlines()
        if "claude.user: " in line
    ]
    assert re.match(
        rf".*:{line_of(text, 'user: root')}: claude.user: '.*' belongs to "
        "'root', who could change it, want an ordinary account$",
        fault,
    ), done
    # What else is wrong with root's files is told in the same run.
    assert "can be written to by" not in done.stdout
    instance.config_file.chmod(0o666)
    told = check(instance).stdout
    assert re.search(
        r"config.yaml' can be written to by every account \(mode 0666\), want "
        "its owner alone: chmod g?o-w ",
        told,
    ), told


WARNED = [
    ("webhooks", "n8n_notify_url: http://127.0.0.1/webhook-test/x"),
    ("logging", 'format: "%(asctime)s %(levelname)s"'),
    ("paths", "logs_dir: tasks"),
    ("claude", "user: root"),
]


@pytest.mark.parametrize("section,line", WARNED)
def test_what_works_and_is_hardly_meant_is_warned_of(
    make_instance, section, line
):
    text = laid_over("paths", "tasks_dir: tasks").replace(
        f"{section}:\n", f"{section}:\n  {line}\n", 1
    )
    if f"{section}:\n" not in text:
        text += f"{section}:\n  {line}\n"
    done = check(make_instance(), text)
    where = line_of(text, line)
    key = f"{section}.{line.split(':')[0]}: "
    assert re.search(
        rf"^warning: .*:{where}: {key}", done.stdout, re.MULTILINE
    ), done


def test_the_example_configuration_is_clean(make_instance):
    source = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
    instance = make_instance()
    for name in ("etc/config.example.yaml", "examples/example-config.yaml"):
        done = check(instance, (source / name).read_text())
        assert done.returncode == 0, (name, done.stdout)


@pytest.mark.parametrize(
    "name", ["etc/config.example.yaml", "examples/example-config.yaml"]
)
def test_the_example_configuration_lists_every_command(make_instance, name):
    source = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
    listed = yaml.safe_load((source / name).read_text())["telegram"]["commands"]
    shown = make_instance().cli("help").stdout
    assert sorted(listed) == sorted(re.findall(r"^orchestrator (\w+)", shown, re.M))


def test_reload_takes_a_clean_configuration(instance):
    instance.write_config(claude={"timeout": 1})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    wait_for(lambda: RELOADED in instance.log_text(), 10)
    instance.start_list("[[silent]]")
    instance.approve()
    instance.wait_task(1, "failed", 15)
    assert instance.task(1)["result"] == "timeout"


def test_reload_by_the_responder_reaches_the_supervisor(instance):
    instance.write_config(claude={"timeout": 1})
    instance.responder.send_signal(signal.SIGHUP)
    wait_for(lambda: RELOADED in instance.log_text(), 10)
    instance.start_list("[[silent]]")
    instance.approve()
    instance.wait_task(1, "failed", 15)


def test_a_faulty_reload_keeps_the_old_and_says_so(instance):
    instance.config_file.write_text(laid_over("claude", "timeout: 5m"))
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    wait_for(lambda: "claude.timeout" in instance.log_text(), 10)
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_status("completed")


def test_a_long_run_dir_works(make_instance):
    deep = "/".join(["run" + "x" * 60] * 4)
    instance = make_instance(config={"paths": {"run_dir": deep}})
    instance.run_dir = instance.folder / deep
    instance.start()
    assert (instance.folder / deep / "control.sock").exists()
    instance.start_list("[[say a]]")


def test_by_hand_it_opens_its_socket_itself(make_instance):
    instance = make_instance(config={"server": {"socket": "fcgi.sock"}})
    instance.responder = subprocess.Popen(
        [program(), "-c", str(instance.config_file), "fcgi"],
        cwd=instance.folder,
        env=instance.env,
        stdin=subprocess.DEVNULL,
    )
    wait_for(instance.socket.exists, 10)
    assert stat.S_ISSOCK(instance.socket.stat().st_mode)
    instance.nginx.start()
    instance.wait_healthy()
