"""Speaks FastCGI itself, to say what nginx never would: lies about lengths,
repeated headers, a peer that stops in the middle."""

import socket
import struct

from .https import Answer

_BEGIN, _END, _PARAMS, _STDIN, _STDOUT, _STDERR = 1, 3, 4, 5, 6, 7


def _record(kind, data=b""):
    return struct.pack(">BBHHBB", 1, kind, 1, len(data), 0, 0) + data


def _length(number):
    if number < 128:
        return struct.pack(">B", number)
    return struct.pack(">I", number | 0x80000000)


def _pair(name, value):
    name, value = name.encode(), value.encode()
    return _length(len(name)) + _length(len(value)) + name + value


def opening(params, keep=False):
    """The records before the body. params: pairs, repeats kept."""
    data = b"".join(_pair(name, value) for name, value in params)
    begin = _record(_BEGIN, struct.pack(">HB5x", 1, keep))
    return begin + _record(_PARAMS, data) + _record(_PARAMS)


def params_record(data):
    """A piece of the parameters, as it is."""
    return _record(_PARAMS, data)


def body_record(data):
    """A piece of the body; an empty one ends it."""
    return _record(_STDIN, data)


def connect(where, timeout=15):
    """where: a Unix socket's path, or (host, port)."""
    if isinstance(where, tuple):
        return socket.create_connection(where, timeout)
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(timeout)
    link.connect(str(where))
    return link


def _read_exactly(link, size):
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more:
            raise EOFError("the responder closed the connection")
        data += more
    return data


def read_answer(link):
    """The whole answer on a connection."""
    out = b""
    while True:
        head = _read_exactly(link, 8)
        _, kind, _, size, padding, _ = struct.unpack(">BBHHBB", head)
        data = _read_exactly(link, size + padding)[:size]
        if kind == _STDOUT:
            out += data
        elif kind == _END:
            break
    head, _, body = out.partition(b"\r\n\r\n")
    headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
    code = dict(headers).get("Status", "200").split()[0]
    return Answer(int(code), headers, body)


def request(path, params, body=b""):
    """One request over a connection of its own."""
    with connect(path) as link:
        data = opening(params)
        for at in range(0, len(body), 65535):
            data += _record(_STDIN, body[at : at + 65535])
        link.sendall(data + _record(_STDIN))
        return read_answer(link)


def post_params(path, body, *extra, length=None):
    """The parameters that nginx would send for a JSON POST."""
    return [
        ("REQUEST_METHOD", "POST"),
        ("SCRIPT_NAME", path),
        ("CONTENT_TYPE", "application/json"),
        ("CONTENT_LENGTH", str(len(body)) if length is None else length),
        ("REMOTE_ADDR", "192.0.2.7"),
        *extra,
    ]
