"""`orchestrator run`: the whole job in the foreground at a terminal."""

import json
import subprocess

import pytest
from harness import processes
from harness.answers import FAIL
from harness.instance import program
from harness.tasks import Task
from harness.waiting import wait_for


def listed(instance, *items):
    return "orchestrator_tasks/" + instance.write_tasks(*items)


def test_it_asks_shows_and_ends(make_instance, terminal):
    instance = make_instance()
    path = listed(
        instance,
        Task("First job", "[[say hello there]]"),
        Task("Second job", "[[say b]]"),
    )
    shown = terminal(instance, "--task-file", path)
    shown.expect("First job")
    shown.expect(r"\[yes/.*?\] $")
    shown.type("y\n")
    shown.expect("hello there")
    shown.expect(r"Run task 2/2: Second job.*?\[yes/.*?\] $")
    shown.type("skip\n")
    assert shown.wait() == 0
    state = instance.state()
    assert [t["status"] for t in state["tasks"]] == ["completed", "skipped"]
    assert state["status"] == "completed"
    wait_for(lambda: not instance.supervisor(), 10, "its supervisor is gone")


def test_no_leaves_the_question_open(make_instance, terminal):
    instance = make_instance()
    path = listed(instance, "[[say a]]")
    shown = terminal(instance, "--task-file", path)
    shown.expect("Step 1")
    shown.expect(r"\[yes/.*?\] $")
    shown.type("no\n")
    shown.expect(r"stays open.*\[yes/.*?\] $")
    shown.type("q\n")
    assert shown.wait() == 3
    assert instance.state()["status"] == "waiting_approval"


def test_a_failure_can_be_retried(make_instance, terminal):
    instance = make_instance()
    shown = terminal(instance, "--task-file", listed(instance, FAIL))
    shown.expect(r"Step 1.*\[yes/.*?\] $")
    shown.type("y\n")
    shown.expect("no luck")
    shown.expect(r"\[retry/.*?\] $")
    shown.type("r\n")
    shown.expect(r"different\? \(Enter: nothing\) $")
    shown.type("use plural names\n")
    assert "use plural names" in instance.agent(2)["prompt"]
    shown.expect(r"\[retry/.*?\] $")
    shown.type("s\n")
    assert shown.wait() in (0, 1)
    assert instance.task(1)["attempt"] == 2


def test_yes_approves_all(make_instance):
    instance = make_instance()
    path = listed(instance, "[[say a]]", Task("b", "[[say b]]", approval=True))
    done = instance.cli("run", "--task-file", path, "--yes")
    assert done.returncode == 0, done
    assert instance.state()["status"] == "completed"
    assert "\x1b" not in done.stdout


def test_without_a_terminal_it_stops_at_the_first_question(make_instance):
    instance = make_instance()
    path = listed(instance, Task("a", "[[say a]]", approval=False), "[[say b]]")
    done = instance.cli("run", "--task-file", path)
    assert done.returncode == 3, done
    state = instance.state()
    assert state["status"] == "waiting_approval"
    assert state["tasks"][0]["status"] == "completed"
    again = instance.cli("run", "--task-file", path, "--yes")
    assert again.returncode == 0, "it goes on with the same list"
    assert instance.task(1)["attempt"] == 1


def test_a_failing_list_is_1_without_a_terminal(make_instance):
    instance = make_instance()
    done = instance.cli("run", "--task-file", listed(instance, FAIL), "--yes")
    assert done.returncode in (1, 3), done
    assert "no luck" in done.stdout + done.stderr


def test_another_unfinished_list_is_refused_naming_both(make_instance):
    instance = make_instance()
    first = listed(instance, "[[say a]]")
    assert instance.cli("run", "--task-file", first).returncode == 3
    instance.write_tasks("[[say b]]", name="other.md")
    done = instance.cli(
        "run", "--task-file", "orchestrator_tasks/other.md", "--yes"
    )
    assert done.returncode == 1
    assert "list.md" in done.stderr and "other.md" in done.stderr


def test_ctrl_c_ends_in_order_and_run_goes_on(make_instance, terminal):
    instance = make_instance()
    path = listed(
        instance,
        "[[say working]] [[daemon sleep 600]] " "[[until go]]",
        "[[say b]]",
    )
    shown = terminal(instance, "--task-file", path)
    shown.expect(r"Step 1.*\[yes/.*?\] $")
    shown.type("y\n")
    shown.expect("working")
    shown.interrupt()
    assert shown.wait() != 0
    task = instance.task(1)
    assert (task["status"], task["result"]) == ("interrupted", "interrupted")

    def all_gone():
        processes.reap()
        return not instance.mine()

    wait_for(all_gone, 10)
    (instance.work / "go").touch()
    again = terminal(instance, "--task-file", path)
    again.expect(r"Task 1/2.*\[retry/.*?\] $")
    again.type("r\n")
    again.expect(r"different\? \(Enter: nothing\) $")
    again.type("\n")
    again.expect(r"Step 2.*\[yes/.*?\] $")
    again.type("y\n")
    assert again.wait() == 0
    assert instance.state()["status"] == "completed"


def test_ctrl_c_only_detaches_where_a_supervisor_ran_already(
    instance, terminal
):
    path = listed(instance, "[[say working]] [[until go]]")
    shown = terminal(instance, "--task-file", path)
    shown.expect(r"Step 1.*\[yes/.*?\] $")
    shown.type("y\n")
    shown.expect("working")
    shown.interrupt()
    shown.wait()
    assert "detach" in shown.text.lower() or "goes on" in shown.text.lower()
    assert instance.state()["status"] == "running"
    (instance.work / "go").touch()
    instance.wait_status("completed")


def without_config(instance, *words):
    """`run` in a folder without config.yaml, with the scripted agent."""
    instance.config_file.unlink(missing_ok=True)
    (instance.folder / ".env").unlink(missing_ok=True)
    bin_dir = instance.folder / "bin"
    bin_dir.mkdir(exist_ok=True)
    agent = instance.config["claude"]["command"][0]
    (bin_dir / "claude").symlink_to(agent)
    return subprocess.run(
        [program(), "run", "--yes", *words],
        cwd=instance.folder,
        env={**instance.env, "PATH": f"{bin_dir}:{instance.env['PATH']}"},
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_without_any_configuration_it_runs_in_the_current_folder(make_instance):
    """Defaults, webhooks off; claude is found on the PATH."""
    instance = make_instance()
    path = listed(instance, "[[say a]]")
    done = without_config(instance, "--task-file", path)
    assert done.returncode == 0, done
    assert done.stdout.splitlines()[0].startswith(
        "No config.yaml: permissions edits: Claude may edit the files"
    )
    assert instance.state()["status"] == "completed"
    argv = json.loads((instance.folder / "agent-1.json").read_text())["argv"]
    assert argv[argv.index("--permission-mode") + 1] == "acceptEdits"


@pytest.mark.parametrize("words", [(), ("--task-file", "list.md")])
def test_where_nothing_is_nothing_is_left(make_instance, tmp_path, words):
    """As after a mistyped cd."""
    instance = make_instance()
    instance.folder = tmp_path / "empty"
    instance.folder.mkdir()
    done = without_config(instance, *words)
    assert done.returncode == 1, done
    assert "orchestrator init makes a project" in done.stderr, done
    assert [path.name for path in instance.folder.iterdir()] == ["bin"]


def test_without_any_configuration_the_mode_is_chosen(make_instance):
    instance = make_instance()
    path = listed(instance, "[[say a]]")
    done = without_config(instance, "--permissions=skip", "--task-file", path)
    assert done.returncode == 0, done
    assert done.stdout.startswith("No config.yaml: permissions skip: ")
    argv = json.loads((instance.folder / "agent-1.json").read_text())["argv"]
    assert "--dangerously-skip-permissions" in argv
    assert "--permission-mode" not in argv


def test_a_mode_is_one_of_five_and_not_for_a_configuration(make_instance):
    instance = make_instance()
    for words, why in (
        (["--permissions", "plan"], "wants skip, edits, auto, ask or none"),
        (["--permissions", "skip"], "here claude.permissions in"),
    ):
        done = instance.cli("run", *words)
        assert done.returncode == 2 and why in done.stderr, done
    assert not instance.state_file.exists()


def test_progress_names_the_tool_the_time_and_the_cost(make_instance, terminal):
    instance = make_instance()
    script = (
        '[[raw {"type":"assistant","message":{"content":[{"type":'
        '"tool_use","name":"Write","input":{"file_path":"src/x.c"}}]}}]] '
        '[[sleep 1]] [[result {"total_cost_usd":0.37}]]'
    )
    shown = terminal(instance, "--task-file", listed(instance, script), "--yes")
    shown.expect(r"Write\b.*src/x\.c")
    shown.expect(r"\$0\.37")
    assert shown.wait() == 0


def test_no_color_is_honoured(make_instance, terminal):
    instance = make_instance()
    path = listed(instance, "[[say a]]")
    shown = terminal(instance, "--task-file", path, "--yes", NO_COLOR="1")
    assert shown.wait() == 0
    assert "\x1b[3" not in shown.raw and "\x1b[1m" not in shown.raw


def test_a_denied_tool_is_named_and_is_no_clean_end(make_instance):
    instance = make_instance()
    denial = '[[result {"permission_denials":[{"tool_name":"Bash"}]}]]'
    path = listed(instance, denial, "[[say b]]")
    done = instance.cli("run", "--task-file", path, "--yes")
    assert done.returncode == 1, done
    assert "Claude was denied Bash: see whether it is done" in done.stdout
    assert "  1. Step 1: completed, ⚠️ denied Bash\n" in done.stdout
    assert "  2. Step 2: completed\n" in done.stdout
