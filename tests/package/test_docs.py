"""What the documentation and the examples say is so."""

import os
import re
import shutil
import subprocess

import pytest

import build
import prose

DOCS = sorted([*build.ROOT.glob("*.md"), *build.ROOT.glob("docs/*.md")])
LISTS = sorted(path for path in (build.ROOT / "examples").rglob("*tasks.md"))
# Said by the system, or with a text that varies.
SYSTEM = ["Read-only file system", "No space left on device",
          "Permission denied", "config.yaml:31",
          '"error":"unauthorized"']


def program(*words, cwd, **more):
    return subprocess.run(
        [os.environ["ORCHESTRATOR_BIN"], *map(str, words)], text=True,
        cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, timeout=120, **more)


def anchor(heading):
    """As forges make it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text()
    for target in re.findall(r'\]\(([^)]+)\)|src="([^"]+)"', text):
        target = "".join(target)
        if target.startswith("https://"):
            continue
        name, _, part = target.partition("#")
        other = page.parent / name if name else page
        assert other.is_file(), target
        if part:
            headings = re.findall(r"^#+ (.*)", other.read_text(), re.MULTILINE)
            assert part in map(anchor, headings), target


def test_the_readme_leads_to_every_page():
    text = (build.ROOT / "README.md").read_text()
    for page in [*(build.ROOT / "docs").glob("*.md"), *(
            build.ROOT / name for name in (
                "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
                "n8n_workflows/README.md"))]:
        assert f"]({page.relative_to(build.ROOT)})" in text, page


def sayings():
    """Every string of the program, its pieces put together."""
    found = []
    for path in (build.ROOT / "src").rglob("*.c"):
        source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for run in re.findall(
                r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', source):
            found.append("".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', run)))
    return "\n".join(found)


def quoted_messages():
    headings = re.findall(r"^### (.*)", prose.text("docs/troubleshooting.md"),
                          re.MULTILINE)
    return [quote for heading in headings
            for quote in re.findall(r"`([^`]*)`", heading)
            if len(quote) > 16 and quote not in SYSTEM]


@pytest.mark.parametrize("message", quoted_messages())
def test_a_message_that_is_explained_is_one_of_the_program(message):
    said = re.sub(r"(\w)%s", r"\1s", sayings())
    for piece in re.split(r"\.\.\.|'[^']*'", message):
        for system in SYSTEM:
            piece = piece.replace(system, "")
        assert piece.strip(" :") in said, piece


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_an_example_list_is_valid(path, tmp_path):
    (tmp_path / "config.yaml").write_text(
        "orchestrator: {approval_mode: auto}\nwebhooks: {enabled: false}\n"
        "claude: {workdir: work}\n")
    (tmp_path / "work").mkdir()
    done = program("check", "--tasks", path, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_example_day_runs_as_it_stands(tmp_path):
    shutil.copytree(build.ROOT / "examples", tmp_path / "examples")
    day = tmp_path / "examples" / "day"
    command = re.search(r"^#\t(orchestrator run .*)$",
                        (day / "config.yaml").read_text(), re.MULTILINE)
    done = program(*command.group(1).split()[1:], "--yes", cwd=day)
    assert done.returncode == 0, done.stdout
    assert (day / "work/evening.txt").read_text().split() == ["2"]


def test_completion_offers_commands_and_their_options(tmp_path):
    def offered(*words):
        script = (f". {build.ROOT}/etc/bash-completion/orchestrator;"
                  " COMP_WORDS=(\"$0\" \"$@\"); COMP_CWORD=$#;"
                  " _orchestrator; printf '%s\\n' \"${COMPREPLY[@]}\"")
        return set(subprocess.run(
            ["bash", "-c", script, os.environ["ORCHESTRATOR_BIN"], *words],
            text=True, check=True, cwd=tmp_path,
            stdout=subprocess.PIPE).stdout.split())

    assert offered("s") == {"supervise", "shutdown", "start", "skip", "stop",
                            "status", "show"}
    assert offered("-c", "x.yaml", "app") == {"approve"}
    assert offered("help", "app") == {"approve"}
    assert offered("-") == {"-c", "--json", "--version", "--help"}
    assert offered("logs", "-") == {"--task", "-f", "--help"}
    assert offered("start", "--") == {"--task", "--decision", "--help"}
    assert offered("status", "") == set()
    assert offered("run", "--permissions", "a") == {"auto", "ask"}
    (tmp_path / "a list.md").write_text("")
    for words in (["-c"], ["start"], ["check", "--tasks"]):
        assert offered(*words, "a") == {"a", "list.md"}
    assert offered("supervise", "--") == {"--help"}
