"""The manual pages render, and what their examples say is true."""

import os
import re
import subprocess

import pytest

import build

PAGES = sorted((build.ROOT / "man").glob("*.[157]"))


def examples(page):
    """The displays of a page's EXAMPLES, unescaped."""
    text = page.read_text().split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    return [block.replace("\\e", "\\") for block in re.findall(
        r"\n\.Bd -literal[^\n]*\n(.*?)\n\.Ed", "\n" + text, re.DOTALL)]


def program(*words, **options):
    return subprocess.run(
        [os.environ["ORCHESTRATOR_BIN"], *map(str, words)], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, timeout=60, **options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_renders_without_a_warning(page):
    done = subprocess.run(
        ["mandoc", "-Tlint", "-Wstyle", str(page)], text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # Whether the pages it refers to are installed is this machine's affair.
    said = [line for line in done.stdout.splitlines()
            if "referenced manual not found" not in line
            and "makewhatis" not in line]
    assert not said


def test_there_are_five_pages():
    assert [page.name for page in PAGES] == [
        "orchestrator-http.7", "orchestrator-state.5", "orchestrator-tasks.5",
        "orchestrator.1", "orchestrator.yaml.5"]


def test_the_example_list_is_valid(tmp_path):
    (text,) = examples(build.ROOT / "man/orchestrator-tasks.5")
    config = examples(build.ROOT / "man/orchestrator.yaml.5")[0]
    (tmp_path / "config.yaml").write_text(config + "\n")
    (tmp_path / ".env").write_text("WEBHOOK_SECRET=0123456789abcdef\n")
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "list.md").write_text(text + "\n")
    (tmp_path / "work").mkdir()
    done = program("-c", tmp_path / "config.yaml", "check", "--tasks",
                   tmp_path / "list.md")
    assert done.returncode == 0, done.stdout


def test_the_example_secret_is_long_enough(tmp_path):
    config, secret = examples(build.ROOT / "man/orchestrator.yaml.5")
    (tmp_path / "config.yaml").write_text(config + "\n")
    subprocess.run(["sh", "-ec", secret], cwd=tmp_path, check=True)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    (tmp_path / "work").mkdir()
    done = program("-c", tmp_path / "config.yaml", "check")
    assert done.returncode == 0, done.stdout


def test_every_command_of_the_program_has_its_place_in_the_manual():
    manual = (build.ROOT / "man/orchestrator.1").read_text()
    documented = set(re.findall(r"^\.It Cm (\w+)", manual, re.MULTILINE))
    columns = re.findall(r"^  (\S.*?)(?:  |$)", program("--help").stdout,
                         re.MULTILINE)
    offered = {part.split()[0] for column in columns
               for part in column.split(", ") if re.match("[a-z]", part)}
    assert offered and offered <= documented, offered - documented


def synopsis(macros):
    """What mdoc's words say: Oo Fl f Oc Op Ar n -> [-f] [n]."""
    text = macros.replace("\\-", "-")
    text = re.sub(r"\bOp (.*)", r"Oo \1 Oc", text)
    text = re.sub(r"\bFl ", "-", text)
    text = re.sub(r"\b(Ar|Li) ", "", text)
    return text.replace("Oo ", "[").replace(" Oc", "]")


def plain(synopsis):
    """The pages' capitals, blanks, and the word for N."""
    words = re.sub(r"\bn\b", "number", synopsis.lower())
    return re.sub(r" ?([|]|[.]{3}) ?", r"\1", words).strip()


def test_the_manual_tells_each_command_as_help_does():
    manual = (build.ROOT / "man/orchestrator.1").read_text()
    text = manual.split("\n.Sh COMMANDS\n")[1].split("\n.Sh ENVIRONMENT\n")[0]
    told = {command: synopsis(rest) for command, rest in re.findall(
        r"^[.]It Cm (\w+)(.*)", text, re.MULTILINE)}
    said = {}
    for command in told:
        first = program(command, "--help").stdout.splitlines()[0]
        usage = re.fullmatch(rf"usage: orchestrator (?:\[--json\] )?{command}"
                             r"(.*)", first)
        # Told of all of them, in front of the list.
        said[command] = re.sub(r" \[--decision ID\]", "", usage.group(1))
        if command != "logs":
            said[command] = said[command].replace(" [--task N]", "")
    assert len(told) == 31
    assert ({c: plain(s) for c, s in told.items()}
            == {c: plain(s) for c, s in said.items()})


def test_the_summary_of_help_names_no_other_options():
    offered = {}
    for line in program("--help").stdout.splitlines():
        if match := re.match(r"  ([a-z]+) (.*?)(?:  |$)", line):
            offered[match.group(1)] = re.findall(r"\[-[^]]*\]", match.group(2))
    assert sum(map(len, offered.values())) > 8
    for command, options in offered.items():
        usage = program(command, "--help").stdout.splitlines()[0]
        for option in options:
            assert option in usage, (command, option)


def config_keys(folder):
    """section.key of everything `check --print` knows."""
    section, keys = None, set()
    (folder / "config.yaml").write_text(
        "orchestrator: {approval_mode: auto}\nwebhooks: {enabled: false}\n")
    said = program("-c", folder / "config.yaml", "check", "--print")
    for line in said.stdout.splitlines():
        if re.match(r"\w+:", line):
            section = line.split(":")[0]
        elif match := re.match(r"  (\w+):", line):
            keys.add(f"{section}.{match.group(1)}")
    return keys


def test_every_key_has_its_place_in_the_manual(tmp_path):
    manual = (build.ROOT / "man/orchestrator.yaml.5").read_text()
    documented, section = set(), None
    for line in manual.splitlines():
        if line.startswith(".Ss "):
            section = line.split()[1]
        elif line.startswith(".It Cm "):
            names = line.split(" Pq ")[0].removeprefix(".It Cm ")
            documented |= {f"{section}.{name.removeprefix('Cm ')}"
                           for name in names.split(" , ")}
    keys = config_keys(tmp_path)
    assert keys and keys <= documented, keys - documented
