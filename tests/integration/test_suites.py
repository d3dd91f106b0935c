"""Public suites: what others have collected against readers like ours."""

import base64
import concurrent.futures
import re
import subprocess

import pytest
from harness import fastcgi, suites
from harness.instance import SECRET, program
from harness.tasks import Task

FENCE = "~" * 20
# Refused by SPEC.md, though RFC 8259 leaves it to the reader.
STRICTER = {
    "y_object_duplicated_key.json": "repeated key",
    "y_object_duplicated_key_and_value.json": "repeated key",
    "y_object_escaped_null_in_key.json": "NUL",
    "y_string_null_escape.json": "NUL",
}


def ask(instance, body):
    """The code of a /webhook/status with these bytes as its body."""
    auth = ("HTTP_AUTHORIZATION", f"Bearer {SECRET}")
    params = fastcgi.post_params("/webhook/status", body, auth)
    return fastcgi.request(instance.socket, params, body).code


def as_body(text):
    """An object as it is, anything else as a member of one."""
    if text.lstrip(" \t\r\n").startswith("{"):
        return text.encode()
    return f'{{"extra":{text}}}'.encode()


def test_json_is_taken_and_refused_as_rfc_8259_says(instance):
    """The package has replaced broken UTF-8; the fuzzers bring that."""
    wrong, asked = [], 0
    for case in suites.json_cases():
        name, text = case["name"], case["input"]
        if "\ufffd" in text or len(text) > 60000:
            continue
        code = ask(instance, as_body(text))
        wanted = {"y": [200], "n": [400], "i": [200, 400]}[name[0]]
        if STRICTER.get(name):
            wanted = [400]
        asked += 1
        if code not in wanted:
            wrong.append((name, text[:60], code))
    assert wrong == []
    assert asked > 200


def check(folder, number, text):
    """What is wrong with what `check` says of this configuration, or None."""
    place = folder / str(number)
    place.mkdir()
    config = place / "config.yaml"
    config.write_bytes(text.encode("utf-8", "surrogatepass"))
    done = subprocess.run(
        [program(), "-c", str(config), "check"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=20,
    )
    if done.returncode != 1:
        return text, done.returncode, done.stderr
    said = done.stdout.decode(errors="replace")
    if not re.search(r"config\.yaml:\d+: ", said):
        return text, said
    return None


def test_yaml_of_all_kinds_gets_faults_with_lines(tmp_path):
    """No document of the suite is a configuration."""
    texts = {case["yaml"] for case in suites.yaml_cases() if case.get("yaml")}
    assert len(texts) > 200
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(check, tmp_path, number, text)
            for number, text in enumerate(sorted(texts))
        ]
        wrong = [job.result() for job in jobs]
    assert [one for one in wrong if one] == []


def test_commonmark_examples_are_verbatim_in_a_fence(instance):
    examples = [text for text in suites.commonmark_examples() if "\0" not in text]
    assert len(examples) > 600
    fenced = [f"{FENCE}\n{text}{FENCE}" for text in examples]
    instance.start_list(*[Task("Example", text) for text in fenced])
    told = [task["instruction"] for task in instance.state()["tasks"]]
    assert len(told) == len(fenced)
    assert [a for a, b in zip(told, fenced) if a.strip("\n") != b] == []


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "whsec"])
def test_the_reference_library_verifies_what_we_sign(
    make_instance, receiver, raw
):
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    secret = SECRET if raw else f"whsec_{key}"
    instance = make_instance(receiver=receiver, secret=secret).start()
    instance.start_list("[[say a]] \u2603")
    instance.approve()
    receiver.wait_event("session_completed")
    count = len(receiver.deliveries)
    assert suites.verify(receiver.deliveries[:count], secret, raw) == count
    assert count >= 3
