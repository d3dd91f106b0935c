"""The site as it is shipped: what it stops before FastCGI is reached."""

import json
import socket
import ssl
import subprocess

import pytest
from harness import certificate
from harness.waiting import wait_for

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
