"""A self-signed certificate for loopback, made once for each test run."""

import atexit
import functools
import pathlib
import shutil
import subprocess
import tempfile


@functools.lru_cache(maxsize=None)
def make():
    """The paths of a certificate and its key, readable by this account."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-tls-"))
    atexit.register(shutil.rmtree, folder)
    crt, key = folder / "server.crt", folder / "server.key"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-nodes",
            "-days",
            "2",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            str(key),
            "-out",
            str(crt),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    return crt, key
