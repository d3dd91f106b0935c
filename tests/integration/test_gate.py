"""What needs a yes waits or is told, whichever way a list is started.

The lists are those of the cases that cases.md names, as people wrote them.
"""

import re

import pytest

DO = "\n**Claude Instruction:**\nGo.\n"
AUTO = {"orchestrator": {"approval_mode": "auto"}}

# What waits or is refused: the list, and its fault's line (None: none).
CASES = {
    "00 approval behind code": (
        "# L\n\n## Task 1: Drop the table\n**Type:** database\n"
        "**Description:** Like this:\n\n    DROP TABLE old;\n\n"
        "**Requires Approval:** true\n" + DO,
        None,
    ),
    "06 nested fence": (
        "# L\n\n## Task 1: Write docs\n\n**Claude Instruction:**\n"
        "Write README.md:\n\n```markdown\n# Tool\n\n```bash\nmake\n```\n\n"
        "### Usage\nRun it.\n```\n\n---\n\n## Task 2: Deploy\n"
        "**Requires Approval:** true\n\n**Claude Instruction:**\nDeploy.\n",
        17,
    ),
    "07 near heading": (
        "# L\n\n## Task 1: Clean up\n\n**Claude Instruction:**\nClean.\n\n"
        "##Task 2: Deploy to production\n**Type**: deployment\n"
        "**Requires Approval**: true\n**Claude Instruction**:\nDeploy.\n",
        8,
    ),
    "08 near field": (
        "# L\n\n## Task 1: Drop the table\n**Type:** database\n"
        "**Description:** Removes the old table.\n"
        "**Requires Approval**: true\n\n"
        "**Claude Instruction:**\nDrop it.\n",
        6,
    ),
    "15 another tool's plan": (
        "# Plan\n\n### Task 1: One\n\n- [ ] do\n\n### Task 2: Two\n\n"
        "- [ ] do\n",
        3,
    ),
    "19 a dash for the colon": (
        "## Task 1 - Title\n**Claude Instruction:** do\n",
        1,
    ),
    "21 open HTML": (
        "# Day\n\n## Task 1: Fix header\n**Claude Instruction:**\n"
        "The file begins with\n<?php\ninclude 'a.php';\n\n"
        "## Task 2: Drop the table\n**Requires Approval:** true\n"
        "**Claude Instruction:** drop it\n",
        6,
    ),
    "an approval behind a description": (
        "## Task 1: A\n**Description:** x **Requires Approval:** true\n" + DO,
        2,
    ),
}

WARNED = "# L\n\n## Task 1: A\n**Claude Instruction:**\nGo.\n**Type**: database\n"
WARNING = r'list\.md:6: "\*\*Type\*\*: database" is nearly the field Type'


def write(instance, text):
    (instance.tasks_dir / "list.md").write_text(text)
    return "orchestrator_tasks/list.md"


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_started_unasked(make_instance, terminal, case):
    text, line = CASES[case]
    instance = make_instance(config=AUTO)
    path = write(instance, text)
    checked = instance.cli("check", "--tasks", path)
    shown = terminal(instance, "--task-file", path)
    if line is None:
        assert checked.returncode == 0, checked
        shown.expect(r"\[yes/.*?\] $")
        assert instance.state()["tasks"][0]["attempt"] == 0
        shown.type("q\n")
        shown.wait()
        return
    assert checked.returncode == 1
    assert f"list.md:{line}: " in checked.stdout + checked.stderr
    shown.expect(rf"list\.md:{line}: ")
    assert shown.wait() != 0
    assert not (instance.state() or {}).get("tasks")


def test_a_valid_list_with_code_is_not_refused(make_instance):
    instance = make_instance(config=AUTO).start()
    write(
        instance,
        "# L\n\n## Task 1: Test\n\n**Claude Instruction:**\nRun:\n\n"
        "    make test\n\n## Task 2: Deploy\n**Requires Approval:** true\n\n"
        "**Claude Instruction:**\nDeploy.\n",
    )
    assert instance.post("/webhook/start", task_file="list.md").code == 200
    state = instance.wait_status("waiting_approval")
    assert [t["attempt"] for t in state["tasks"]] == [1, 0]


@pytest.mark.parametrize("written", ["Database", "`database`", "DATABASE"])
def test_a_checkpoint_counts_in_any_case(make_instance, written):
    config = {
        "orchestrator": {
            "approval_mode": "auto",
            "checkpoint_after": ["database"],
        }
    }
    instance = make_instance(config=config).start()
    write(
        instance,
        f"# L\n\n## Task 1: Migrate\n**Type:** {written}\n{DO}\n---\n\n"
        f"## Task 2: Next\n{DO}",
    )
    assert instance.post("/webhook/start", task_file="list.md").code == 200
    state = instance.wait_status("waiting_approval")
    assert [t["attempt"] for t in state["tasks"]] == [1, 0]


def test_a_warning_reaches_whoever_starts_the_list(
    make_instance, terminal
):
    instance = make_instance(config=AUTO).start()
    path = write(instance, WARNED)
    answer = instance.post("/webhook/start", task_file="list.md")
    assert answer.code == 200
    assert re.search(WARNING, answer["message"])
    assert re.search(WARNING, "\n".join(answer["warnings"]))
    instance.wait_status("completed")
    assert re.search(WARNING, instance.log_text())

    done = instance.cli("start", path)
    assert done.returncode == 0
    assert re.search(WARNING, done.stdout + done.stderr)
    instance.wait_status("completed")


def test_run_shows_the_warnings(make_instance, terminal):
    instance = make_instance()
    path = write(instance, WARNED)
    shown = terminal(instance, "--task-file", path)
    shown.expect(WARNING)
    shown.expect(r"\[yes/.*?\] $")
    shown.type("q\n")
    shown.wait()


def test_check_tells_of_a_type_that_no_task_has(make_instance):
    config = {
        "orchestrator": {
            "checkpoint_after": ["databse", "Deployment"],
            "auto_approve": ["docs"],
        }
    }
    instance = make_instance(config=config)
    path = write(instance, f"## Task 1: A\n**Type:** deployment\n{DO}")
    done = instance.cli("check", "--tasks", path)
    told = done.stdout + done.stderr
    assert done.returncode == 0
    assert 'type "databse" of orchestrator.checkpoint_after' in told
    assert 'type "docs" of orchestrator.auto_approve' in told
    assert "Deployment" not in told
