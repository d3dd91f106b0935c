"""nginx with TLS in front of everybody who answers, and the load on it.

Each peer has a path of its own on one port of one nginx; ours has the upstream
and the snippet of the shipped site, without its limits."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import tempfile

from harness import certificate
from harness.waiting import free_port, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]

_NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  {upstreams}
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    ssl_certificate {crt};
    ssl_certificate_key {key};
    client_body_buffer_size 64k;
    {locations}
  }}
}}
"""

_FASTCGI = """
location /{name}/ {{
  rewrite ^/{name}(/.*)$ $1 break;
  {snippet}
  fastcgi_pass {upstream};
  fastcgi_keep_conn {keep};
}}
"""


class Load:
    """What wrk said: requests a second, and the 99th percentile in ms."""

    def __init__(self, rate, p99, errors):
        self.rate, self.p99, self.errors = rate, p99, errors

    @staticmethod
    def middle(loads):
        return Load(
            statistics.median(load.rate for load in loads),
            statistics.median(load.p99 for load in loads),
            sum(load.errors for load in loads),
        )


_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}


def wrk(url, *, post=None, secret="", connections=16, seconds=2):
    arguments = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if post is not None:
            script.write(
                'wrk.method = "POST"\n'
                f"wrk.body = {json.dumps(post)}\n"
                'wrk.headers["Content-Type"] = "application/json"\n'
                f'wrk.headers["Authorization"] = "Bearer {secret}"\n'
            )
        script.flush()
        out = subprocess.run(
            [*arguments, "--latency", "-s", script.name, url],
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        ).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", out).groups()
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return Load(
        rate, float(value) * _UNITS[unit], int(bad[1]) if bad else 0
    )


class Peers:
    """Everybody, behind one nginx: `with Peers(folder, instance) as peers`."""

    def __init__(self, folder, instance, sizes):
        self.folder = pathlib.Path(folder)
        self.instance = instance
        self.sizes = sizes  # of our answers: what the bare ones send
        self.port = free_port()
        self.upstreams, self.locations = [], []
        self.have = []
        self._stack = contextlib.ExitStack()

    def _start(self, argv, **options):
        process = subprocess.Popen(
            argv,
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "peers.log").open("ab"),
            **options,
        )

        def end():
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

        self._stack.callback(end)
        return process

    def _fastcgi(self, name, socket, keep):
        text = (SOURCE / "nginx/snippets/orchestrator-fastcgi.conf").read_text()
        text = re.sub(r"fastcgi_(pass|keep_conn) [^;]+;", "", text)
        self.upstreams.append(
            f"upstream {name} {{ server unix:{socket}; "
            + ("keepalive 32; }" if keep else "}")
        )
        self.locations.append(
            _FASTCGI.format(
                name=name,
                snippet=text,
                upstream=name,
                keep="on" if keep else "off",
            )
        )
        self.have.append(name)

    def _bare(self, name, size, keep):
        """Threads for each connection that nginx keeps: the library waits
        with one."""
        socket = self.folder / f"{name}.sock"
        self._start(
            [
                *("/usr/bin/spawn-fcgi", "-n", "-s", str(socket), "--"),
                str(self.folder / "bare"),
                "300" if keep else "4",
                str(size),
            ]
        )
        self._fastcgi(name, socket, keep)

    def _http(self, name, port):
        self.locations.append(
            f"location /{name}/ {{ proxy_pass http://127.0.0.1:{port}/; }}"
        )
        self.have.append(name)

    def _flask(self):
        if not shutil.which("gunicorn"):
            return
        port = free_port()
        self._start(
            [
                *("gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}"),
                *("--log-level", "error", "flask_app:app"),
            ],
            cwd=HERE,
            env={
                "PATH": "/usr/bin:/bin",
                "WEBHOOK_SECRET": self.instance.secret,
                "STATE_FILE": str(self.instance.state_file),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        self._http("flask", port)

    def _webhook(self):
        if not shutil.which("webhook"):
            return
        port = free_port()
        hook = {
            "execute-command": "/bin/pwd",
            "include-command-output-in-response": True,
            "trigger-rule-mismatch-http-response-code": 401,
        }
        rule = {
            "match": {
                "type": "value",
                "value": f"Bearer {self.instance.secret}",
                "parameter": {"source": "header", "name": "Authorization"},
            }
        }
        hooks = self.folder / "hooks.json"
        hooks.write_text(
            json.dumps(
                [
                    {**hook, "id": "health"},
                    {**hook, "id": "webhook/status", "trigger-rule": rule},
                ]
            )
        )
        self._start(
            [
                *("webhook", "-hooks", str(hooks), "-urlprefix", ""),
                *("-ip", "127.0.0.1", "-port", str(port)),
            ]
        )
        self._http("webhook", port)

    def _nginx(self):
        crt, key = certificate.make()
        config = self.folder / "nginx.conf"
        config.write_text(
            _NGINX.format(
                user="user root;" if os.geteuid() == 0 else "",
                folder=self.folder,
                upstreams="\n".join(self.upstreams),
                locations="\n".join(self.locations),
                port=self.port,
                crt=crt,
                key=key,
            )
        )
        self._start(
            ["/usr/sbin/nginx", "-p", str(self.folder), "-c", str(config)]
        )
        wait_for((self.folder / "nginx.pid").exists, 10, "nginx is up")

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                *("cc", "-O2", "-o", str(self.folder / "bare")),
                *(str(HERE / "bare.c"), "-lfcgi", "-lpthread"),
            ],
            check=True,
        )
        self.locations.append(
            'location /nginx/ { default_type application/json; return 200 "'
            + "x" * 60
            + '"; }'
        )
        self.have.append("nginx")
        self._fastcgi("ours", self.instance.socket, True)
        self._fastcgi("ours_unkept", self.instance.socket, False)
        for name, size in self.sizes.items():
            self._bare(f"bare_{name}", size, False)
            self._bare(f"bare_{name}_kept", size, True)
        self._flask()
        self._webhook()
        self._nginx()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def load(self, name, path, **options):
        return wrk(f"https://127.0.0.1:{self.port}/{name}{path}", **options)

    def compare(self, names, path, rounds=3, **options):
        """In turn, so that a busy moment of the machine is everybody's."""
        loads = {name: [] for name in names if name in self.have}
        for _ in range(rounds):
            for name, found in loads.items():
                found.append(self.load(name, path, **options))
        return {name: Load.middle(found) for name, found in loads.items()}
