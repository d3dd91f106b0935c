"""A real nginx in front of one instance, in a folder of its own.

Two TLS ports lead to the same responder: `port` is the site as it is shipped
in nginx/, with its authentication and limits; `open_port` has neither, so
that what the responder itself answers can be seen.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess

from . import certificate
from .waiting import free_port, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]

_MAIN = """
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 4096;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 2048; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {site}
  server {{
    listen 127.0.0.1:{open_port} ssl;
    ssl_certificate {crt};
    ssl_certificate_key {key};
    client_max_body_size 16m;
    location / {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param PATH_INFO $fastcgi_script_name;
      fastcgi_pass orchestrator;
      fastcgi_keep_conn on;
    }}
  }}
}}
"""


class Nginx:
    """One nginx process; start(), then stop()."""

    def __init__(self, folder, socket, secret):
        self.folder = pathlib.Path(folder)
        self.socket = socket
        self.secret = secret
        self.port = free_port()
        self.open_port = free_port()
        self.process = None
        self.authority = None  # of clients, whose certificates are asked for

    def _site(self):
        """The shipped site, with what an administrator has to fill in."""
        crt, key = certificate.make()
        site = (ROOT / "nginx/orchestrator.conf").read_text()
        for pattern, ours in (
            (r"listen \[::\]:\d+[^;]*;", ""),
            (r"listen 80;", f"listen unix:{self.folder}/http.sock;"),
            (r"listen 443 ", f"listen 127.0.0.1:{self.port} "),
            (r"server_name [^;]+;", "server_name localhost;"),
            (r"#https ", "https "),
            (r"ssl_certificate [^;]+;", f"ssl_certificate {crt};"),
            (r"ssl_certificate_key [^;]+;", f"ssl_certificate_key {key};"),
            (r"server unix:[^;]+;", f"server unix:{self.socket};"),
        ):
            site, count = re.subn(pattern, lambda _: ours, site)
            assert count, f"the shipped site has no {pattern}"
        if self.authority:
            site = re.sub(r"#(ssl_client_certificate) [^;]+;",
                          rf"\1 {self.authority};", site)
            site = site.replace("#ssl_verify_client", "ssl_verify_client")
        return site

    def _snippets(self):
        snippets = self.folder / "snippets"
        shutil.copytree(ROOT / "nginx/snippets", snippets, dirs_exist_ok=True)
        line = r'"~^(?i:Bearer) +\Q%s\E$" 1;' % self.secret
        (snippets / "orchestrator-secret.conf").write_text(line + "\n")

    def _configure(self):
        crt, key = certificate.make()
        self.folder.mkdir(exist_ok=True)
        self._snippets()
        config = self.folder / "nginx.conf"
        config.write_text(
            _MAIN.format(
                user="user root;" if os.geteuid() == 0 else "",
                folder=self.folder,
                site=self._site(),
                open_port=self.open_port,
                crt=crt,
                key=key,
            )
        )
        return config

    def start(self):
        config = self._configure()
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", str(self.folder), "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for((self.folder / "nginx.pid").exists, 10, "nginx is up")

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
            self.process = None

    def log(self):
        return (self.folder / "error.log").read_text()
