"""The site as it is shipped: what it stops before FastCGI is reached."""

import json
import pathlib
import re
import socket
import ssl
import subprocess

import pytest
from harness import certificate
from harness.waiting import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
JSON = ("Content-Type", "application/json")


@pytest.fixture
def site(instance):
    """Requests by the shipped site's own port."""

    def request(method, path, body=b"", headers=()):
        return instance.request(
            method, path, body, headers, port=instance.nginx.port
        )

    request.instance = instance
    request.bearer = ("Authorization", f"Bearer {instance.secret}")
    return request


def reached(instance):
    """How many requests came through to the responder."""
    log = instance.logs_dir / "webhook-access.log"
    text = log.read_text() if log.exists() else ""
    return len([line for line in text.splitlines() if "/webhook/" in line])


def test_health_is_open(site):
    answer = site("GET", "/health")
    assert answer.code == 200 and answer["status"] == "ok"
    assert site("HEAD", "/health").code == 200


def test_the_bearer_token_is_checked_before_fastcgi(site):
    before = reached(site.instance)
    wrong = [
        [],
        [("Authorization", "Bearer wrong")],
        [("Authorization", "Basic dTpw")],
    ]
    for headers in wrong:
        answer = site("POST", "/webhook/status", b"{}", [JSON, *headers])
        assert answer.code == 401, answer
        assert (answer["status"], answer["error"]) == ("error", "unauthorized")
        assert answer["message"]
    body = json.dumps({"secret": site.instance.secret}).encode()
    assert site("POST", "/webhook/status", body, [JSON]).code == 401
    assert reached(site.instance) == before
    answer = site("POST", "/webhook/status", b"{}", [JSON, site.bearer])
    assert answer.code == 200
    wait_for(lambda: reached(site.instance) == before + 1)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/webhook/",
        "/webhook/x",
        "/index.html",
        "/webhook/status/x",
        "/health/",
    ],
)
def test_only_the_known_paths_exist(site, path):
    answer = site("POST", path, b"{}", [JSON, site.bearer])
    assert answer.code == 404
    assert answer["error"] == "not_found"


def test_a_large_body_stops_here(site):
    before = reached(site.instance)
    answer = site("POST", "/webhook/status", b"x" * 200000, [JSON, site.bearer])
    assert answer.code == 413 and answer["error"] == "too_large"
    assert reached(site.instance) == before


def test_a_hail_of_requests_is_429(site):
    codes = [
        site("POST", "/webhook/status", b"{}", [JSON]).code for _ in range(150)
    ]
    assert 429 in codes
    assert set(codes) <= {401, 429}


def test_the_responder_away_is_unavailable(site):
    site.instance.stop_responder()
    answer = site("POST", "/webhook/status", b"{}", [JSON, site.bearer])
    assert answer.code in (502, 503), answer
    assert answer["error"] == "unavailable"


@pytest.mark.parametrize(
    "version,taken",
    [
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_is_1_2_or_1_3(site, version, taken):
    crt, _ = certificate.make()
    context = ssl.create_default_context(cafile=str(crt))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    with socket.create_connection(
        ("127.0.0.1", site.instance.nginx.port)
    ) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as link:
                assert taken, link.version()
        except (ssl.SSLError, ConnectionError):
            assert not taken


def test_no_finite_field_is_offered_for_the_keys(site):
    """A hello that only has ffdhe8192 must cost nothing: no group in common."""
    done = subprocess.run(
        [
            "openssl",
            "s_client",
            "-connect",
            f"127.0.0.1:{site.instance.nginx.port}",
            "-groups",
            "ffdhe8192",
            "-tls1_3",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "handshake failure" in done.stderr, done.stderr


def test_plain_http_is_sent_to_the_name_of_the_site(site):
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(site.instance.nginx.folder / "http.sock"))
        link.sendall(b"GET /a?b HTTP/1.0\r\nHost: evil.example\r\n\r\n")
        head = b"".join(iter(lambda: link.recv(4096), b"")).decode()
    assert head.startswith("HTTP/1.1 301 ")
    assert "\r\nLocation: https://localhost/a?b\r\n" in head


def test_a_refusal_keeps_its_status_and_challenge(site):
    answer = site("POST", "/webhook/status", b"{}", [JSON])
    assert answer.code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "allow" not in answer.headers
    answer = site("GET", "/_orchestrator_error/certificate")
    assert (answer.code, answer["error"]) == (404, "not_found")


def test_https_for_good_is_the_administrator_s_choice():
    text = (ROOT / "nginx/orchestrator.conf").read_text()
    block = text[text.index("map $scheme $orchestrator_hsts {") :]
    lines = block[: block.index("}")].splitlines()[1:]
    assert all(line.strip().startswith("#") for line in lines if line.strip())


@pytest.fixture
def ban():
    """The address that the shipped fail2ban filter finds in a line, the time
    taken out as fail2ban does."""
    text = (ROOT / "examples/fail2ban/orchestrator.conf").read_text()
    body = re.search(r"^failregex = (.*?)^ignoreregex", text, re.M | re.S)
    rules = [
        re.compile(rule.strip("\n ").replace("<HOST>", r"(?P<host>\S+)"))
        for rule in body.group(1).splitlines()
        if rule.strip()
    ]

    def found(line):
        line = re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", line)
        hits = [hit for rule in rules if (hit := rule.search(line))]
        return hits[0]["host"] if hits else None

    return found


def test_wrong_secrets_are_in_both_logs_as_fail2ban_reads_them(site, ban):
    instance = site.instance
    ours = instance.logs_dir / "webhook-access.log"
    nginx = instance.nginx.folder / "access.log"
    instance.post("/webhook/status", auth=None, secret="wrong", user='a "b')
    site("POST", "/webhook/status", b"{}", [JSON])
    wait_for(lambda: " 401 " in ours.read_text(), 10, "our log")
    wait_for(lambda: " 401 " in nginx.read_text(), 10, "nginx's log")
    for log in (ours, nginx):
        bad = [x for x in log.read_text().splitlines() if " 401 " in x]
        assert bad and all(ban(line) == "127.0.0.1" for line in bad), bad
        good = [x for x in log.read_text().splitlines() if " 200 " in x]
        assert good and not any(ban(line) for line in good), good


def test_the_version_of_nginx_is_not_shown(site):
    assert "/" not in site("GET", "/health").headers["server"]


def test_the_configuration_is_clean(site):
    config = site.instance.nginx.folder / "nginx.conf"
    done = subprocess.run(
        ["/usr/sbin/nginx", "-t", "-c", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
