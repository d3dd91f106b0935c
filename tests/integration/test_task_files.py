"""Task lists: every fault with its line, and what is taken verbatim."""

import os
import pathlib
import re

import pytest

GOOD = "## Task 1: A\n**Claude Instruction:** do it\n"
SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])


def check(instance, text, name="list.md"):
    path = instance.folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return instance.cli("check", "--tasks", str(path))


def instructions(instance, text):
    """What the state holds after that list was started."""
    path = instance.folder / "given.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = instance.cli("start", str(path))
    assert done.returncode == 0, done
    return [t["instruction"] for t in instance.state()["tasks"]]


FAULTS = {
    "no task": ("# Tasks\n", 1),
    "empty": ("", 1),
    "number missing": ("## Task: A\n**Claude Instruction:** x\n", 1),
    "number twice": (GOOD + "\n## Task 1: B\n**Claude Instruction:** x\n", 4),
    "number zero": ("## Task 0: A\n**Claude Instruction:** x\n", 1),
    "number huge": ("## Task 99999999999: A\n**Claude Instruction:** x\n", 1),
    "no title": ("## Task 1:\n**Claude Instruction:** x\n", 1),
    "no instruction": ("## Task 1: A\n**Type:** x\n", 1),
    "empty instruction": ("## Task 1: A\n**Claude Instruction:**\n\n---\n", 2),
    "unknown field": (
        "## Task 1: A\n**Kind:** x\n**Claude Instruction:** y\n",
        2,
    ),
    "field twice": (
        "## Task 1: A\n**Type:** x\n**Type:** y\n"
        "**Claude Instruction:** z\n",
        3,
    ),
    "bad priority": (
        "## Task 1: A\n**Priority:** urgent\n" "**Claude Instruction:** y\n",
        2,
    ),
    "bad approval": (
        "## Task 1: A\n**Requires Approval:** maybe\n"
        "**Claude Instruction:** y\n",
        2,
    ),
    "bad timeout": (
        "## Task 1: A\n**Timeout:** 5m\n" "**Claude Instruction:** y\n",
        2,
    ),
    "stray text": (
        "## Task 1: A\nhello there\n\n" "**Claude Instruction:** y\n",
        2,
    ),
    "stray after rule": (GOOD + "\n---\n\nwho am I\n", 6),
    "other heading": (GOOD + "\n## Notes\n", 4),
    "utf-8": (b"## Task 1: A\n**Claude Instruction:** \xff\n", 2),
    "nul": (b"## Task 1: A\n**Claude Instruction:** a\0b\n", 2),
    "task too long": (
        "## Task 1: A\n**Claude Instruction:**\n" + "x" * 70000 + "\n",
        1,
    ),
    "file too long": (GOOD + "\n" + "<!-- " + "x" * 1100000 + " -->\n", 1),
    "too many": (
        "".join(
            f"## Task {n}: A\n**Claude Instruction:** x\n\n"
            for n in range(1, 1002)
        ),
        3001,
    ),
}


@pytest.mark.parametrize("text,line", FAULTS.values(), ids=FAULTS)
def test_each_fault_has_its_line(make_instance, text, line):
    done = check(make_instance(), text)
    assert (done.returncode, done.stderr) == (1, ""), done
    first = done.stdout.splitlines()[0]
    assert re.match(rf"(\S*/)?list\.md:{line}: .+", first), done.stdout


def test_all_faults_of_configuration_and_list_in_one_run(make_instance):
    text = (
        "## Task 1: A\n**Kind:** x\n**Priority:** y\n"
        "**Claude Instruction:** z\n\n## Task 1: B\n"
    )
    done = check(make_instance(), text)
    lines = re.findall(r"list\.md:(\d+): ", done.stdout)
    assert {"2", "3", "6"} <= set(lines), done.stdout


def test_good_lists_are_clean(make_instance):
    for text in (
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        "# Title\n\nsome words\n\n" + GOOD,
        GOOD.replace("Claude Instruction", "CLAUDE instruction"),
    ):
        done = check(make_instance(), text)
        assert done.returncode == 0, (text, done.stdout)


def test_the_plans_own_list_is_taken(instance):
    path = SOURCE / "tests/fixtures/2025-11-20-tasks.md"
    done = instance.cli("start", str(path))
    assert done.returncode == 0, done
    tasks = instance.state()["tasks"]
    assert [t["title"] for t in tasks] == [
        "Create baptisms migration",
        "Create baptisms server actions",
        "Create baptisms UI - List page",
    ]
    assert [t["type"] for t in tasks] == ["database", "backend", "frontend"]
    assert [t["requires_approval"] for t in tasks] == [True, True, False]
    assert tasks[0]["acceptance_criteria"] == [
        "Migration file created in supabase/migrations/",
        "Table uses plural form (baptisms)",
        "RLS policies created",
        "Parish scoping included",
    ]
    assert tasks[0]["description"] == (
        "Create database migration for baptisms "
        "table following wedding pattern"
    )
    assert tasks[2]["instruction"] == (
        "Create the baptisms list page following the wedding module pattern. "
        "Create both page.tsx (server) and baptisms-list-client.tsx (client) "
        "files. Implement search, filtering, and the entity grid display."
    )


@pytest.mark.parametrize(
    "path", sorted(SOURCE.glob("examples/**/*tasks.md")), ids=lambda p: p.name
)
def test_the_examples_are_clean(make_instance, path):
    done = make_instance().cli("check", "--tasks", str(path))
    assert done.returncode == 0, done.stdout


def test_an_instruction_is_verbatim(instance):
    body = (
        "First line  with two blanks\n\n**Important:** this is text\n\n"
        "### A heading of another level\n\n```sh\n## Task 7: no task\n---\n"
        "**Type:** no field\n```\n\n    indented *code* `x`\n\n"
        "Setext heading\n--------------\n\n* * *\n&amp; <b>html</b> \\* é 🙂"
    )
    text = f"## Task 1: A\n**Claude Instruction:**\n{body}\n\n---\n"
    assert instructions(instance, text) == [body]


def test_a_fenced_heading_does_not_end_a_task(instance):
    text = (
        "## Task 1: A\n**Claude Instruction:**\n~~~\n## Task 2: B\n~~~\n"
        "after\n\n## Task 3: C\n**Claude Instruction:** c\n"
    )
    assert instructions(instance, text) == [
        "~~~\n## Task 2: B\n~~~\nafter",
        "c",
    ]


def test_tasks_run_in_file_order(instance):
    text = (
        "## Task 7: A\n**Claude Instruction:** a\n\n"
        "## Task 3: B\n**Claude Instruction:** b\n"
    )
    assert instructions(instance, text) == ["a", "b"]
    assert [t["id"] for t in instance.state()["tasks"]] == [7, 3]
