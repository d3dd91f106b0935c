"""`orchestrator doctor` at nginx: the site, the socket behind it, certificates,
and the clocks of both ends. As in test_doctor.py, one fault is seeded."""

import datetime
import functools
import http.server
import os
import pwd
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest
from harness import certificate
from harness.doctor import (  # noqa: F401
    look,
    nginx_conf,
    open_folder,
    quiet,
    served,
)
from harness.instance import SECRET


def test_another_secret_in_nginx(served):
    other = SECRET.replace("0", "x")
    (served.folder / ".env").write_text(f"WEBHOOK_SECRET={other}\n")
    found = look(served, *nginx_conf(served))
    assert found.one("nginx") == "ok: the site is enabled"
    assert "refuses webhooks.secret (401): the same secret in .env and in" in (
        found.one("webhooks")
    )
    assert other not in found.text


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
    now = datetime.datetime.now(datetime.timezone.utc)
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
