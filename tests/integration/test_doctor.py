"""`orchestrator doctor`: one fault is seeded, and the one line that names it,
with its mend, is there."""

import datetime
import functools
import http.server
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import pytest
from harness import certificate, claude
from harness.instance import SECRET, program
from harness.waiting import wait_for

NOBODY = "nobody"


class Findings:
    """What doctor said: its lines as (grade, what, text)."""

    def __init__(self, done):
        self.code = done.returncode
        self.text = done.stdout
        self.lines = [
            re.fullmatch(r"(ok|warn|fail) +([^:]+): (.*)", line).groups()
            for line in done.stdout.splitlines()
        ]
        assert SECRET not in done.stdout + done.stderr
        assert done.stderr == ""
        assert self.code == (1 if self.grades("fail") else 0)

    def grades(self, grade):
        return [line for line in self.lines if line[0] == grade]

    def of(self, what):
        """The texts on one thing, each with its grade."""
        return [f"{g}: {text}" for g, w, text in self.lines if w == what]

    def one(self, what):
        (line,) = self.of(what)
        return line


def look(instance, *words, **env):
    crt, _ = certificate.make()
    env = {"SSL_CERT_FILE": str(crt), **env}
    return Findings(instance.cli("doctor", *words, env=env))


def nginx_conf(instance):
    return ("--nginx", str(instance.nginx.folder / "nginx.conf"))


@pytest.fixture
def served(make_instance, receiver, tmp_path):
    """A started instance whose configuration names its socket."""
    config = {"server": {"socket": str(tmp_path / "i1/fcgi.sock")}}
    return make_instance(receiver=receiver, config=config).start()


@pytest.fixture
def quiet(make_instance):
    """An instance that is not started, without webhooks."""
    return make_instance(config={"webhooks": {"enabled": False}})


@pytest.fixture
def open_folder():
    """One that every account may enter, unlike pytest's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-doctor-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_all_is_well(served):
    found = look(served, *nginx_conf(served), "--notify")
    assert found.code == 0, found.text
    assert found.one("answer").startswith("ok: Claude answered in ")
    assert found.one("nginx") == "ok: the site is enabled"
    assert found.one("webhooks") == (
        f"ok: https://localhost:{served.nginx.port} takes the secret"
    )
    assert found.one("notification").startswith("ok: n8n took a test")
    assert found.one("supervisor").startswith("ok: process ")
    (test,) = [p for p in served.receiver.taken() if p["event"] == "test"]
    assert served.receiver.deliveries[-1].verified(SECRET)
    assert test["type"] == "info"


def test_nothing_is_sent_to_n8n_unasked(served):
    look(served, *nginx_conf(served))
    assert "test" not in served.receiver.events()


def test_it_changes_nothing(quiet):
    before = sorted(quiet.folder.rglob("*"))
    look(quiet)
    new = set(quiet.folder.rglob("*")) - set(before)
    # What Claude itself leaves in its own two folders.
    assert {p for p in new if quiet.work not in p.parents} <= set(
        quiet.home.iterdir()
    )


# -- secrets and n8n ---------------------------------------------------------


def test_another_secret_in_nginx(served):
    other = SECRET.replace("0", "x")
    (served.folder / ".env").write_text(f"WEBHOOK_SECRET={other}\n")
    found = look(served, *nginx_conf(served))
    assert found.one("nginx") == "ok: the site is enabled"
    assert "refuses webhooks.secret (401): the same secret in .env and in" in (
        found.one("webhooks")
    )
    assert other not in found.text


def test_a_wrong_header_for_n8n(served):
    served.receiver.answers = [403]
    found = look(served, *nginx_conf(served), "--notify")
    assert found.one("notification") == (
        "fail: n8n refuses it (403): webhooks.notify_header (X-Notify-Secret, "
        "and N8N_NOTIFY_SECRET of .env) must be the name and value of the "
        "Header Auth credential of n8n's webhook node"
    )


def test_n8n_is_down(make_instance, receiver):
    instance = make_instance(receiver=receiver)
    receiver.down()
    found = look(instance)
    assert re.match(
        r"fail: http://127.0.0.1:\d+ cannot be reached: .*: does it run there,"
        r" is N8N_NOTIFY_URL in .env right",
        found.one("n8n"),
    )


# -- Claude ------------------------------------------------------------------


def test_claude_is_not_there(quiet):
    quiet.write_config(claude={"command": "no-such-claude -p"})
    found = look(quiet)
    assert found.one("claude").startswith(
        "fail: cannot start 'no-such-claude': there is no such program in "
        "PATH: install it (npm install -g @anthropic-ai/claude-code), or "
        "CLAUDE_CLI_PATH="
    )
    assert found.of("answer") == []


def test_claude_is_not_logged_in(
    make_instance, api, claude_program, claude_release
):
    off = {"webhooks": {"enabled": False}}
    instance = make_instance(agent="claude", api=api, config=off)
    api.respond = lambda request: "[[status 401]]"
    found = look(instance)
    assert found.one("claude").startswith(f"ok: {claude_release} (Claude")
    assert found.one("answer").startswith("fail: Claude is not logged in")
    assert ": log in as '" in found.one("answer")


def test_the_real_claude_answers(make_instance, api, claude_program):
    off = {"webhooks": {"enabled": False}}
    found = look(make_instance(agent="claude", api=api, config=off))
    assert found.one("answer").startswith("ok: Claude answered in")


def fake_claude(instance, script):
    path = instance.folder / "fake-claude"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    instance.write_config(claude={"command": f"{path} -p"})


def test_claude_is_too_old(quiet):
    fake_claude(quiet, "echo '1.0.3 (Claude Code)'")
    assert look(quiet).one("claude") == (
        "fail: 1.0.3 (Claude Code) is too old: it does not know --session-id: "
        "npm install -g @anthropic-ai/claude-code@latest"
    )


KNOWN = "--session-id --fork-session --output-format --json-schema --tools "
KNOWN += "--strict-mcp-config"


@pytest.mark.parametrize(
    ("version", "is_what"), [("2.1.196", "older"), ("3.0.0", "newer")]
)
def test_claude_is_not_one_that_is_tested_with(quiet, version, is_what):
    fake_claude(quiet, f"echo '{version} (Claude Code)' '{KNOWN}'")
    line = look(quiet).one("claude")
    assert line.startswith(f"warn: {version} (Claude Code)"), line
    assert (
        f"is {is_what} than the releases that this one is tested with, "
        f"{claude.OLDEST} to {claude.NEWEST}: " in line
    )


def test_what_claude_may_do_is_said(quiet):
    line = look(quiet).one("permissions")
    assert line.startswith("ok: skip: Claude may do whatever its account may")


def test_claude_is_too_old_for_plans(quiet):
    known = "--session-id --fork-session --output-format"
    fake_claude(quiet, f"echo '2.0.1 (Claude Code)' '{known}'")
    assert look(quiet).of("claude")[0] == (
        f"warn: 2.0.1 (Claude Code) {known} is too old for plans: it does not "
        "know --json-schema: npm install -g @anthropic-ai/claude-code@latest"
    )


def test_claude_cannot_run_here(quiet):
    fake_claude(quiet, "echo 'no such instruction' >&2; exit 3")
    line = look(quiet).one("claude")
    assert "failed (exit status 3): no such instruction: install it anew" in (
        line
    )


@pytest.mark.needs_root
def test_the_workdir_belongs_to_another(quiet, open_folder):
    quiet.write_config(claude={"user": NOBODY, "workdir": str(open_folder)})
    line = look(quiet).one("workdir")
    assert line == (
        f"fail: Claude, as 'nobody', cannot work in '{open_folder}': "
        f"Permission denied: chown -R nobody: {open_folder}, or another "
        "claude.user or claude.workdir"
    )
    os.chown(open_folder, pwd.getpwnam(NOBODY).pw_uid, -1)
    assert look(quiet).one("workdir") == f"ok: {open_folder}"


@pytest.mark.needs_root
def test_a_folder_above_the_workdir_is_closed_to_claude(quiet, open_folder):
    """As below /root: a chown of the workdir mends nothing."""
    closed = open_folder / "closed"
    work = closed / "work"
    work.mkdir(parents=True)
    closed.chmod(0o700)
    os.chown(work, pwd.getpwnam(NOBODY).pw_uid, -1)
    quiet.write_config(claude={"user": NOBODY, "workdir": str(work)})
    found = look(quiet)
    assert found.one("workdir") == (
        f"fail: Claude, as 'nobody', cannot enter '{closed}': Permission "
        "denied: a claude.workdir elsewhere (below /srv), or let 'nobody' into "
        f"'{closed}' (chmod o+x)"
    )
    assert found.one("claude") == (
        "warn: not asked: 'nobody' cannot enter its folder: mend that first"
    )
    assert found.of("answer") == []


def test_claudes_account_is_not_there(quiet):
    """Nobody else is Claude in its place, and no mend names another."""
    fake_claude(quiet, f"touch {quiet.folder}/ran")
    quiet.write_config(claude={"user": "no-such-account"})
    found = look(quiet)
    assert "claude.user: " in found.one("configuration")
    assert found.one("claude") == (
        "warn: not asked: claude.user has a fault: mend that first"
    )
    assert found.of("workdir") == found.of("answer") == []
    assert not (quiet.folder / "ran").exists()


def test_that_claude_has_our_account_is_told_once(quiet):
    found = look(quiet)
    told = [text for _, _, text in found.lines if "approve itself" in text]
    assert len(told) == 1, told


@pytest.mark.needs_root
def test_another_account_that_waits_for_a_restart_is_told(served):
    assert served.post("/webhook/status").code == 200
    assert "until it is started anew" not in look(served).text
    served.write_config(claude={"user": NOBODY})
    assert look(served).of("claude.user")[0].startswith(
        "warn: the supervisor runs Claude as 'root' until it is started anew, "
        "not as 'nobody': systemctl "
    )


@pytest.mark.needs_root
def test_claudes_account_can_read_the_secrets(quiet, open_folder):
    for name in ".env", "config.yaml":
        shutil.copy(quiet.folder / name, open_folder)
    env = open_folder / ".env"
    os.chown(env, -1, pwd.getpwnam(NOBODY).pw_gid)
    env.chmod(0o640)
    quiet.config_file = open_folder / "config.yaml"
    quiet.write_config(
        claude={"user": NOBODY, "workdir": str(open_folder)}
    )
    assert look(quiet).one(".env") == (
        f"fail: Claude's account may read it (mode 0640): chmod 600 {env}"
    )
    os.chown(env, pwd.getpwnam(NOBODY).pw_uid, 0)
    env.chmod(0o600)
    assert look(quiet).one("configuration").startswith(
        f"fail: {quiet.config_file}: '{env}' belongs to claude.user"
    )


def test_the_supervisors_environment_is_taken_with_care(quiet):
    """Its account must not become root by what root's libraries read."""
    keys = quiet.folder / "keys"
    quiet.write_config(
        webhooks={"enabled": False, "n8n_notify_url": "http://127.0.0.1:9/x"},
        claude={"env": ["SSLKEYLOGFILE"]},
    )
    supervisor = subprocess.Popen(
        [program(), "-c", str(quiet.config_file), "supervise"],
        cwd=quiet.folder,
        env={**quiet.env, "SSLKEYLOGFILE": str(keys)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(quiet.run_dir.exists, 20)
        wait_for(quiet.control_answers, 20)
        keys.unlink(missing_ok=True)
        assert look(quiet).one("supervisor").startswith("ok: process ")
        assert not keys.exists()
    finally:
        supervisor.terminate()
        supervisor.wait(30)


@pytest.mark.needs_root
def test_root_runs_nothing_for_another_account(quiet, open_folder):
    """Whoever writes config.yaml must not become root by root's doctor."""
    ran = open_folder / "ran"
    quiet.write_config(
        claude={
            "command": ["/bin/sh", "-c", f"touch {ran}"],
            "output_format": "text",
            "user": "root",
        }
    )
    os.chown(quiet.config_file, pwd.getpwnam(NOBODY).pw_uid, -1)
    assert look(quiet).one("claude").startswith(
        f"warn: not asked: '{quiet.config_file}' is not root's, and says to "
        "run it as 'root': "
    )
    assert not ran.exists()
    os.chown(quiet.config_file, 0, -1)
    look(quiet)
    assert ran.exists()


# -- files -------------------------------------------------------------------


def test_everybody_can_read_the_secrets(quiet):
    env = quiet.folder / ".env"
    env.chmod(0o644)
    assert look(quiet).one(".env") == (
        "fail: everybody on this machine may read it (mode 0644): "
        f"chmod 600 {env}"
    )


def test_the_state_is_not_valid(quiet):
    quiet.state_file.write_text("{")
    line = look(quiet).one("state")
    assert line.startswith(f"fail: '{quiet.state_file}' is not valid: ")
    assert line.endswith(
        ": put a backup in its place, or let the next start keep it aside and "
        "begin a new one"
    )


def test_the_state_cannot_be_read(quiet):
    quiet.state_file.mkdir()
    line = look(quiet).one("state")
    assert line.startswith("fail: ")
    assert str(quiet.state_file) in line
    assert "nothing starts before it can be read" in line


@pytest.mark.needs_root
def test_the_run_folder_cannot_be_written(quiet, open_folder):
    run = open_folder / "run"
    run.mkdir(mode=0o500)
    os.chown(run, pwd.getpwnam(NOBODY).pw_uid, -1)
    quiet.write_config(paths={"run_dir": str(run)})
    wanted = (
        f"fail: paths.run_dir: 'nobody' cannot write to '{run}': Permission "
        "denied: "
    )

    def mend():
        found = look(quiet).of("folders")
        (line,) = (x for x in found if x.startswith(wanted))
        return line.removeprefix(wanted)

    assert mend() == f"chmod u+rwx {run}"
    run.chmod(0o700)
    assert not any("run_dir" in x for x in look(quiet).of("folders"))


@pytest.mark.needs_root
def test_a_folder_that_is_missing_leaves_the_one_above_alone(
    quiet, open_folder
):
    run = open_folder / "run"
    run.mkdir(mode=0o700)
    os.chown(run, pwd.getpwnam(NOBODY).pw_uid, -1)
    logs = open_folder / "logs"
    quiet.write_config(paths={"run_dir": str(run), "logs_dir": str(logs)})
    assert (
        f"fail: paths.logs_dir: 'nobody' cannot write to '{open_folder}': "
        f"Permission denied: install -d -m 750 -o nobody {logs}"
    ) in look(quiet).of("folders")


@pytest.mark.needs_root
def test_a_plan_has_nowhere_to_go(quiet, open_folder):
    run = open_folder / "run"
    run.mkdir(mode=0o700)
    os.chown(run, pwd.getpwnam(NOBODY).pw_uid, -1)
    tasks = open_folder / "tasks"
    tasks.mkdir(mode=0o755)
    quiet.write_config(paths={"run_dir": str(run), "tasks_dir": str(tasks)})
    assert (
        f"warn: paths.tasks_dir: 'nobody' cannot write a plan's list to "
        f"'{tasks}': Permission denied: chown nobody: {tasks}"
    ) in look(quiet).of("folders")


@pytest.mark.needs_root
def test_the_disk_is_full(quiet):
    logs = quiet.logs_dir
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c"]
        + ['mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"', "sh"]
        + [str(logs), program(), "-c", str(quiet.config_file), "doctor"],
        env=quiet.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    line = Findings(done).one("disk")
    assert line.startswith(f"fail: 0 MiB are free in '{logs}': make room on")


# -- the services ------------------------------------------------------------


def test_the_supervisor_of_somebody_else_is_down(quiet):
    quiet.write_config(server={"supervisor": "external"})
    assert look(quiet).one("supervisor").startswith(
        "fail: none runs, and server.supervisor is external: systemctl "
    )


@pytest.mark.needs_root
def test_nginx_cannot_reach_the_socket(served, open_folder):
    path = open_folder / "fcgi.sock"
    served.write_config(server={"socket": str(path)})
    conf = served.nginx.folder / "as-www-data.conf"
    text = (served.nginx.folder / "nginx.conf").read_text()
    conf.write_text(text.replace("user root;", "user www-data;"))
    with socket.socket(socket.AF_UNIX) as responder:
        responder.bind(str(path))
        responder.listen()
        path.chmod(0o600)
        line = look(served, "--nginx", str(conf)).one("socket")
        assert f"fail: nginx, as 'www-data', cannot write to '{path}'" in line
        assert "SocketGroup= nginx's group, SocketMode=0660" in line
        os.chown(path, -1, pwd.getpwnam("www-data").pw_gid)
        path.chmod(0o660)
        found = look(served, "--nginx", str(conf))
        assert found.one("socket") == f"ok: {path}"


def test_a_project_of_the_terminal_alone_needs_no_nginx(make_instance):
    found = look(make_instance())
    assert found.one("webhooks").startswith(
        "ok: not set up, the terminal needs none"
    )
    assert not [line for line in found.lines if "nginx: " in line[:12]]


def test_no_responder(make_instance, tmp_path):
    path = tmp_path / "nobody.sock"
    server = {"socket": str(path), "supervisor": "external"}
    instance = make_instance(config={"server": server})
    assert look(instance).one("socket").startswith(
        f"fail: no responder listens at '{path}': No such file or directory: "
        "systemctl "
    )


def test_nginx_is_wrong(served):
    conf = served.nginx.folder / "wrong.conf"
    conf.write_text("nonsense;\n")
    line = look(served, "--nginx", str(conf)).one("nginx")
    assert 'fail: nginx -t: unknown directive "nonsense" in ' in line
    assert "nginx -t && systemctl reload nginx" in line


def test_the_certificate_is_not_there_yet(served):
    conf = served.nginx.folder / "early.conf"
    text = (served.nginx.folder / "nginx.conf").read_text()
    conf.write_text(
        re.sub("ssl_certificate .*;", "ssl_certificate /none.pem;", text)
    )
    line = look(served, "--nginx", str(conf)).one("nginx")
    assert "nginx -t: cannot load certificate" in line
    assert ": make it first (certbot certonly, see docs/server.md)" in line


def test_nginx_may_not_listen(served):
    """The whole of its sentence, where it has a colon of its own."""
    conf = served.nginx.folder / "taken.conf"
    text = (served.nginx.folder / "nginx.conf").read_text()
    conf.write_text(text.replace("nginx.pid", "taken.pid").replace(
        f"127.0.0.1:{served.nginx.port}", "192.0.2.1:1"))
    line = look(served, "--nginx", str(conf)).one("nginx")
    assert "fail: nginx -t: bind() to 192.0.2.1:1 failed (" in line


def test_the_site_is_not_enabled(served):
    conf = served.nginx.folder / "empty.conf"
    temporary = "".join(
        f"{what}_temp_path {conf}.{what};\n"
        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf.write_text(
        f"pid {conf}.pid;\nerror_log {conf}.log;\nevents {{}}\n"
        f"http {{ {temporary} access_log off;\n"
        f"server {{ listen unix:{conf}.sock; }} }}\n"
    )
    line = look(served, "--nginx", str(conf)).one("nginx")
    assert line.startswith(
        "fail: the orchestrator's site is not enabled: ln -s ../sites-availa"
    )


def test_the_site_leads_to_nobody(served):
    served.stop_responder()
    line = look(served, *nginx_conf(served)).one("webhooks")
    assert "nginx cannot reach the responder (502): systemctl" in line
    assert line.endswith(
        f"; and in the site's upstream: server unix:{served.socket};"
    )


def test_a_client_certificate_is_wanted(served):
    served.nginx.stop()
    served.nginx.authority, _ = certificate.make()
    served.nginx.start()
    line = look(served, *nginx_conf(served)).one("webhooks")
    assert line.startswith(
        f"warn: https://localhost:{served.nginx.port} wants a client "
        "certificate: what is behind it was not looked at: try it with one"
    )


def test_two_instances_behind_one_nginx(served):
    """The other's site comes first: its address is not ours."""
    folder = served.nginx.folder
    crt, key = certificate.make()
    text = (folder / "nginx.conf").read_text()
    head, _, sites = text.replace("nginx.pid", "both.pid").partition("http {")
    own = folder / "own.conf"
    own.write_text(sites.rstrip().removesuffix("}"))
    other = folder / "other.conf"
    other.write_text(
        "server { server_name other.example;\n"
        f"listen unix:{folder}/other.sock ssl;\n"
        f"ssl_certificate {crt}; ssl_certificate_key {key};\n"
        "location = /webhook/status { return 404; } }\n"
    )
    both = folder / "both.conf"
    both.write_text(f"{head}http {{ include {other}; include {own}; }}\n")
    assert look(served, "--nginx", str(both)).one("webhooks") == (
        f"ok: https://localhost:{served.nginx.port} takes the secret"
    )


# -- certificates and clocks -------------------------------------------------


class Answering(http.server.BaseHTTPRequestHandler):
    """Says 200 to everybody, with a Date as far off as the server's offset."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.server.offset)

    def log_message(self, *args):
        pass


@pytest.fixture
def make_server():
    """A factory of web servers; offset: of their clocks, in seconds."""
    servers = []

    def make(offset=0, pair=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.offset = offset
        server.handle_error = lambda *args: None
        if pair:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*pair)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def aged_certificate(folder, days):
    """A self-signed certificate that ends in so many days, or has ended."""
    key, csr, crt = (folder / f"aged.{end}" for end in ("key", "csr", "crt"))
    openssl = functools.partial(
        subprocess.run,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    openssl(
        ["openssl", "req", "-new", "-newkey", "ec", "-nodes"]
        + ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost"]
        + ["-keyout", key, "-out", csr]
    )
    now = datetime.datetime.utcnow()
    begin = now - datetime.timedelta(days=90)
    end = now + datetime.timedelta(days=days)
    (folder / "index").write_text("")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index\nserial=serial\n"
        "policy=p\n[p]\ncommonName=supplied\n"
    )
    openssl(
        ["openssl", "ca", "-batch", "-config", folder / "ca.conf", "-selfsign"]
        + ["-rand_serial", "-md", "sha256", "-outdir", folder, "-notext"]
        + ["-in", csr, "-keyfile", key, "-out", crt]
        + ["-startdate", begin.strftime("%Y%m%d%H%M%SZ")]
        + ["-enddate", end.strftime("%Y%m%d%H%M%SZ")]
        + ["-extfile", _extensions(folder)],
        cwd=folder,
        env={**os.environ, "OPENSSL_CONF": str(folder / "ca.conf")},
    )
    return crt, key


def _extensions(folder):
    path = folder / "extensions"
    path.write_text("subjectAltName=DNS:localhost\n")
    return path


@pytest.mark.parametrize(
    "days, wanted",
    [
        (-3, "fail: of {}: expired on 20"),
        (5, "warn: of {}: expires on 20"),
        (60, "ok: of {}: good until 20"),
    ],
)
def test_the_certificate_ends(
    days, wanted, make_instance, make_server, tmp_path
):
    pair = aged_certificate(tmp_path, days)
    url = f"https://localhost:{make_server(pair=pair)}"
    found = look(
        make_instance(), "--url", url, SSL_CERT_FILE=str(pair[0])
    )
    line = found.one("certificate")
    assert line.startswith(wanted.format(url))
    assert ("renew it (certbot renew)" in line) == (days < 14)


def test_a_certificate_that_nobody_trusts_gets_no_secret(served, tmp_path):
    other, _ = aged_certificate(tmp_path, 60)
    url = f"https://localhost:{served.nginx.port}"
    found = look(served, "--url", url, SSL_CERT_FILE=str(other))
    assert found.one("certificate").startswith(f"fail: of {url}: SSL")
    log = (served.nginx.folder / "access.log").read_text()
    assert "POST /webhook/status" not in log


@pytest.mark.parametrize(
    "offset, wanted",
    [
        (3600, r"fail: it says .* s behind n8n's: signed notifications are"),
        (-3600, r"fail: it says .* s ahead of n8n's"),
        (100, r"warn: it is \d+ s behind n8n's"),
    ],
)
def test_the_clock_is_not_n8ns(offset, wanted, quiet, make_server):
    url = f"http://127.0.0.1:{make_server(offset)}/"
    quiet.write_config(webhooks={"n8n_notify_url": url})
    line = look(quiet).one("clock")
    assert re.match(wanted, line), line
    assert line.endswith("timedatectl set-ntp true, then look at date")


def test_the_clock_is_behind_our_own_files(quiet):
    tomorrow = time.time() + 86400
    os.utime(quiet.folder / ".env", (tomorrow, tomorrow))
    line = look(quiet).one("clock")
    assert re.match(r"fail: it says .*, and '.*\.env' is of a later", line)


# -- configuration and usage -------------------------------------------------


def test_each_fault_of_the_configuration_is_a_line(quiet):
    quiet.config_file.write_text("nonsense: 1\nserver: {port: x}\n")
    found = look(quiet)
    assert len(found.of("configuration")) >= 2
    assert found.of("configuration") == [
        f"{grade}: {text}" for grade, _, text in found.lines
    ]
    assert all(line.startswith("fail: ") for line in found.of("configuration"))


@pytest.mark.needs_root
def test_without_the_right_to_look(quiet, open_folder):
    for name in ".env", "config.yaml":
        shutil.copy(quiet.folder / name, open_folder)
    nobody = str(pwd.getpwnam(NOBODY).pw_uid)
    done = subprocess.run(
        ["setpriv", f"--reuid={nobody}", "--clear-groups", program(), "doctor"],
        cwd=open_folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Permission denied: sudo orchestrator doctor\n" in done.stdout


def test_no_configuration(quiet):
    quiet.config_file.unlink()
    assert "make a project with orchestrator init" in look(quiet).one(
        "configuration"
    )


@pytest.mark.parametrize(
    "words", [("x",), ("--url", "http://plain.example")]
)
def test_wrong_usage(words, quiet):
    done = quiet.cli("doctor", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("orchestrator: doctor: ")
