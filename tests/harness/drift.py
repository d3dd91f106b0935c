"""What a release of Claude Code prints, beside what we know of it.

    python3 -m harness.drift VERSION [--write]

A scripted session makes it say most of what it can say: tools, a denial, a
background command, an error of the API, a conversation that goes on. Every
type of line and every field is a line of its file, "system/init cwd"; a
release without one is held against the newest that has. Started by
tests/drift.sh, which sees to it that only loopback can be reached.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import uuid

from . import claude
from .messages_api import MessagesAPI

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
BACKGROUND = json.dumps(
    {
        "command": "sleep 1",
        "description": "Wait a moment",
        "run_in_background": True,
    }
)
SCENES = {
    "skip": [
        "[[bash echo hello]] [[write a.txt|one]] [[say done]]",
        f"[[tool Bash {BACKGROUND}]] [[say started]] [[say it has ended]]",
        "[[tool Read {\"file_path\": \"/nowhere\"}]] [[say not there]]",
        "[[status 400]]",
    ],
    "none": ["[[bash touch b.txt]] [[say denied]]"],
}
MODES = {
    "skip": ["--dangerously-skip-permissions"],
    "none": ["--permission-mode", "dontAsk"],
}
# Below these the names are tools, models and the like, not fields.
OPAQUE = {"input", "modelUsage", "model_usage_since_last_result", "content"}


def fields(value, path=""):
    """The names of all fields of an object, those below as a.b."""
    for name, below in value.items():
        here = f"{path}.{name}" if path else name
        yield here
        if isinstance(below, dict) and name not in OPAQUE:
            yield from fields(below, here)


def kind_of(line):
    kind = line["type"]
    return f"{kind}/{line['subtype']}" if line.get("subtype") else kind


def talk(program, api, home, words, prompt):
    """One start of it; the objects that it prints."""
    done = subprocess.run(
        [str(program), "-p", "Do it.", *words, "--verbose"]
        + ["--output-format", "stream-json"],
        cwd=home,
        env=claude.environment(api, home),
        input=prompt,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=120,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if line[:1] == "{"]
    return [json.loads(line) for line in found]


def session(version):
    """Everything that this release says in SCENES."""
    program = claude.install(version)
    with tempfile.TemporaryDirectory() as home, MessagesAPI() as api:
        for mode, prompts in SCENES.items():
            for prompt in prompts:
                yield from talk(program, api, home, MODES[mode], prompt)
        first, second = str(uuid.uuid4()), str(uuid.uuid4())
        start = [*MODES["skip"], "--session-id", first]
        again = [*MODES["skip"], "--resume", first, "--fork-session"]
        yield from talk(program, api, home, start, "[[say one]]")
        yield from talk(
            program, api, home, [*again, "--session-id", second], "[[say two]]"
        )
        yield from talk(
            program, api, home, ["--resume", str(uuid.uuid4())], "[[say no]]"
        )


def printed(version):
    return {
        f"{kind_of(line)} {name}"
        for line in session(version)
        for name in fields(line)
    }


def file_of(version):
    return FIXTURES / f"claude-lines-{version}.txt"


def known(version):
    own = file_of(version)
    text = (own if own.exists() else file_of(claude.NEWEST)).read_text()
    return {line for line in text.splitlines() if line and line[0] != "#"}


def write(version, found):
    head = (
        "# What Claude Code prints in stream-json, line types and fields, as\n"
        f"# tests/drift.sh {version} --write saw them.\n"
    )
    lines = "".join(f"{line}\n" for line in sorted(found))
    file_of(version).write_text(head + lines)


def main(version, *options):
    found = printed(version)
    if "--write" in options:
        write(version, found)
        return 0
    expected = known(version)
    for line in sorted(found - expected):
        print("new: ", line)
    for line in sorted(expected - found):
        print("gone:", line)
    return 0 if found == expected else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
