"""`rollback`: the files as before a task, with what was undone kept; when it is
refused, and what a crash in its middle leaves."""

import os
import pathlib
import signal
import stat
import subprocess

import pytest
from harness.answers import FAIL, conflict, ok
from harness.git import git
from harness.instance import program
from harness.waiting import wait_for

from test_child import account  # noqa: F401
from test_evidence import (
    a_worktree,
    bare_beginning,
    detached,
    name_programs,
    project,  # noqa: F401
    refs,
    with_a_submodule,
)


def tree(folder):
    """What a person sees in a folder: names, contents, modes, links."""
    seen = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if name.split("/")[0] == ".git" or name.startswith("agent-"):
            continue
        if path.is_symlink():
            seen[name] = "-> " + os.readlink(path)
        elif path.is_file():
            mode = stat.S_IMODE(path.stat().st_mode) & 0o111
            seen[name] = (path.read_bytes(), mode)
    return seen


def run(instance, number=1):
    instance.approve()
    return instance.wait_task(number, "completed")


MANY = (
    "[[run echo three >> kept.txt; echo new > fresh.txt; rm gone.txt;"
    " mkdir -p deep/er build; echo x > deep/er/file; chmod +x tool.sh;"
    " ln -sf fresh.txt link; rm -r folder; echo file > folder;"
    " echo 2 >> dirty.txt; echo built > build/out; git add -A]]"
)


@pytest.fixture
def rich(project):  # noqa: F811
    """A work folder with a bit of everything in it, not yet started."""
    work = project.work
    (work / "gone.txt").write_text("gone\n")
    (work / "tool.sh").write_text("#!/bin/sh\n")
    (work / "link").symlink_to("kept.txt")
    (work / "folder").mkdir()
    (work / "folder/inside.txt").write_text("inside\n")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "second")
    (work / "dirty.txt").write_text("1\n")
    (work / "staged.txt").write_text("staged\n")
    git(work, "add", "staged.txt")
    (work / "kept.txt").write_text("one\ntwo\nmine\n")
    (work / "build").mkdir()
    (work / "build/mine").write_text("ignored\n")
    return project


def outside(instance):
    work = instance.work
    return (
        git(work, "status", "--porcelain"),
        git(work, "diff", "--cached"),
        git(work, "log", "--branches", "--format=%H"),
        git(work, "stash", "list"),
        git(work, "rev-parse", "HEAD"),
    )


def test_everything_is_as_before_and_what_was_undone_is_kept(rich):
    files, around = tree(rich.work), outside(rich)
    rich.start()
    rich.start_list(MANY, "[[say next]]")
    run(rich)
    done = tree(rich.work)
    assert done != files
    answer = ok(rich.post("/webhook/rollback", user="Anna"))
    session = rich.state()["session_id"]
    kept = f"refs/orchestrator/{session}/1/undone-1"
    assert answer["kept"] == kept and kept in answer["message"]
    assert kept in refs(rich)
    now = tree(rich.work)
    # Ignored, it is neither taken away nor put back.
    assert now.pop("build/out") == (b"built\n", 0)
    assert now == files
    assert outside(rich) == around
    for name, what in done.items():
        if name.startswith("build/") or not isinstance(what, tuple):
            continue
        assert git(rich.work, "show", f"{kept}:{name}").encode() == what[0]
    task = rich.task(1)
    assert (task["status"], task["attempt"], task["undone"]) == ("pending", 1, 1)
    assert task["result"] is None and task["changes"] is None
    status = rich.post("/webhook/status")
    assert status["status"] == "waiting_approval" and status["task"] == 1
    assert rich.state()["rollback"] is None
    told = rich.receiver.wait_event("rolled_back")
    assert kept in told["message"] and told["caused_by"]["user"] == "Anna"
    assert told["actions"][0]["command"].startswith("/approve #")
    rich.wait_log("Rolled back to before task 1 by Anna")
    # It runs anew, and what it does can be undone anew.
    run(rich)
    assert rich.task(1)["attempt"] == 2
    assert rich.task(1)["resumed_from"] is None
    again = tree(rich.work)
    assert again["kept.txt"] == done["kept.txt"]
    said = rich.cli("rollback")
    assert said.returncode == 0, said
    assert "undone-2" in said.stdout and "orchestrator approve" in said.stdout
    assert tree(rich.work)["kept.txt"] == files["kept.txt"]
    # Nothing has run since.
    conflict(rich.post("/webhook/rollback"))


def three(instance):
    """Three tasks, each with a file of its own; all completed."""
    instance.start()
    instance.start_list(*[f"[[run echo {n} > {n}.txt]]" for n in "abc"])
    for number in (1, 2, 3):
        run(instance, number)
    instance.wait_status("completed")


def test_later_tasks_are_undone_with_it(project):  # noqa: F811
    three(project)
    assert "/rollback #" in str(project.post("/webhook/status")["actions"])
    answer = ok(project.command("/rollback 2", chat_id="123456789"))
    assert "2 tasks" in answer["message"]
    # As of every command: no user is named where none was.
    cause = project.receiver.wait_event("rolled_back")["caused_by"]
    assert (cause["chat_id"], cause["user"]) == ("123456789", None)
    assert sorted(tree(project.work)) == [".gitignore", "a.txt", "kept.txt"]
    assert [t["status"] for t in project.state()["tasks"]] == [
        "completed",
        "pending",
        "pending",
    ]
    # And the one before, after that.
    ok(project.command("/rollback"))
    assert sorted(tree(project.work)) == [".gitignore", "kept.txt"]
    run(project, 1)
    assert sorted(tree(project.work)) == [".gitignore", "a.txt", "kept.txt"]
    conflict(project.command("/rollback 3"))
    assert "no task 9" in conflict(project.command("/rollback 9"))["message"].lower()


def test_somebody_elses_change_is_named_and_only_force_takes_it(
    project,  # noqa: F811
):
    project.start()
    project.start_list("[[run echo a > a.txt]]", "[[say next]]")
    run(project)
    (project.work / "kept.txt").write_text("a person's\n")
    before = tree(project.work)
    refused = conflict(project.post("/webhook/rollback", task=1))
    assert "- kept.txt" in refused["message"] and "force" in refused["message"]
    assert tree(project.work) == before
    assert project.task(1)["status"] == "completed"
    assert not [r for r in refs(project) if "undone" in r]
    shell = project.cli("rollback", "1")
    assert shell.returncode == 1 and "rollback 1 --force" in shell.stderr
    answer = ok(project.command("/rollback 1 force"))
    assert "a.txt" not in tree(project.work)
    assert (project.work / "kept.txt").read_text() == "one\ntwo\n"
    assert git(project.work, "show", answer["kept"] + ":kept.txt") == "a person's\n"


def test_a_branch_that_moved_on_stays_where_it_is(project):  # noqa: F811
    project.start()
    project.start_list(
        "[[run echo a > a.txt; git add a.txt; git -c user.name=x"
        " -c user.email=x@y commit -qm moved]]",
        "[[say next]]",
    )
    run(project)
    head = git(project.work, "rev-parse", "HEAD")
    refused = conflict(project.post("/webhook/rollback"))
    assert "moved on" in refused["message"]
    assert head.strip()[:7] in refused["message"]
    assert (project.work / "a.txt").exists()
    answer = ok(project.post("/webhook/rollback", force=True))
    assert "HEAD stays" in answer["message"]
    assert not (project.work / "a.txt").exists()
    assert git(project.work, "rev-parse", "HEAD") == head
    assert git(project.work, "status", "--porcelain") == "D  a.txt\n"


def test_nothing_that_the_repository_names_is_run(project):  # noqa: F811
    name_programs(project)
    before = tree(project.work)
    project.start()
    project.start_list("[[run echo more | tee -a some.dat >> kept.txt]]")
    run(project)
    assert tree(project.work) != before
    ok(project.post("/webhook/rollback"))
    assert tree(project.work) == before
    assert not [n for n in os.listdir(project.folder) if "evil" in n]


@pytest.mark.needs_root
def test_what_comes_back_belongs_to_claudes_account(project, account):  # noqa: F811
    def owned():
        return {path.lstat().st_uid for path in project.work.rglob("*")}

    for path in project.work.rglob("*"):
        os.lchown(path, account.pw_uid, account.pw_gid)
    project.give_work_to(account)
    home = f"HOME={project.home}"
    project.write_config(claude={"user": account.pw_name, "env": [home]})
    before = tree(project.work)
    project.start()
    project.start_list("[[run echo x >> kept.txt; rm .gitignore; mkdir new]]")
    run(project)
    assert tree(project.work) != before
    ok(project.post("/webhook/rollback"))
    assert tree(project.work) == before
    assert owned() == {account.pw_uid}


@pytest.mark.parametrize(
    "lay_out",
    [bare_beginning, detached, a_worktree, with_a_submodule],
    ids=lambda f: f.__name__,
)
def test_every_kind_of_repository(make_instance, receiver, lay_out):
    made = make_instance(receiver=receiver)
    lay_out(made.work)
    (made.work / "own.txt").write_text("x\n")
    exclude = git(made.work, "rev-parse", "--git-path", "info/exclude").strip()
    path = made.work / exclude
    path.parent.mkdir(exist_ok=True)
    path.write_text("agent-*.json\n")
    status = git(made.work, "status", "--porcelain")
    made.start()
    made.start_list("[[run echo new > fresh.txt; rm own.txt]]", "[[say next]]")
    run(made)
    ok(made.post("/webhook/rollback"))
    assert (made.work / "own.txt").read_text() == "x\n"
    assert git(made.work, "status", "--porcelain") == status


def test_a_failed_task_offers_it_and_its_button_works(project):  # noqa: F811
    project.start()
    project.start_list("[[run echo half > half.txt]]" + FAIL)
    project.approve()
    project.wait_task(1, "failed")
    told = project.receiver.wait_event("task_failed")
    assert len(told["actions"]) <= 4
    button = [a for a in told["actions"] if a["command"].startswith("/rollback")]
    assert button and button[0]["label"] == "Roll back task 1"
    ok(project.command(button[0]["command"]))
    assert not (project.work / "half.txt").exists()
    conflict(project.command(button[0]["command"]), "stale_decision")
    # In front of the task that waits now, a pause stays a pause.
    actions = str(project.post("/webhook/status")["actions"])
    assert "/pause" in actions and "/rollback" not in actions


def test_refused_while_a_task_runs_and_before_any_has(project):  # noqa: F811
    project.start()
    conflict(project.post("/webhook/rollback"))
    project.start_list("[[run echo a > a.txt]] [[silent]]")
    assert "not run" in conflict(project.post("/webhook/rollback", task=1))["message"]
    project.approve()
    wait_for((project.work / "a.txt").exists, 30, "the task works")
    conflict(project.post("/webhook/rollback"))
    ok(project.post("/webhook/stop"))
    project.wait_status("stopped")
    ok(project.post("/webhook/rollback"))
    assert project.state()["status"] == "stopped"
    assert project.task(1)["status"] == "pending"
    assert not (project.work / "a.txt").exists()


def test_no_repository_says_so(instance):
    instance.start_list("[[run echo new > fresh.txt]]")
    instance.approve()
    instance.wait_task(1, "completed")
    refused = conflict(instance.post("/webhook/rollback"))
    assert "in no git repository" in refused["message"]
    assert (instance.work / "fresh.txt").exists()


def test_a_delivery_that_comes_again_gets_the_first_answer(project):  # noqa: F811
    project.start()
    project.start_list("[[run echo a > a.txt]]", "[[say next]]")
    run(project)
    first = ok(project.post("/webhook/rollback", delivery_id=7))
    again = ok(project.post("/webhook/rollback", delivery_id=7))
    assert again["duplicate"] is True
    assert again["message"][:40] == first["message"][:40]


SLOW = """#!/bin/sh
if [ -e "%(folder)s/hold" ]; then
  case "$*" in
  *"%(step)s"*)
    : >"%(folder)s/reached"
    while [ -e "%(folder)s/hold" ]; do sleep 0.05; done ;;
  esac
fi
exec /usr/bin/git "$@"
"""


@pytest.mark.parametrize(
    "step",
    ["commit-tree", "update-ref --stdin", "read-tree -m", "undone-1^{tree}"],
)
def test_killed_in_the_middle_it_is_finished_at_the_next_start(
    project,  # noqa: F811
    step,
):
    """Everything dies at that step of git; what is there then is put right."""
    slow = project.folder / "bin"
    slow.mkdir()
    (slow / "git").write_text(SLOW % {"step": step, "folder": project.folder})
    (slow / "git").chmod(0o755)
    project.env["PATH"] = f"{slow}:{project.env['PATH']}"
    before = tree(project.work)
    project.start()
    project.start_list(
        "[[run echo a > a.txt; rm kept.txt; echo b > .b]]", "[[say next]]"
    )
    run(project)
    (project.folder / "hold").write_text("")
    begun = subprocess.Popen(
        [program(), "-c", str(project.config_file), "rollback", "1"],
        env=project.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for((project.folder / "reached").exists, 30, "git is there")
    assert project.state()["rollback"]["task"] == 1
    conflict(project.post("/webhook/approve"))
    status = project.post("/webhook/status")
    assert status["rolling_back"] == 1
    assert "Rolling back to before task 1" in status["message"]
    os.kill(project.supervisor().pid, signal.SIGKILL)
    (project.folder / "hold").unlink()
    assert begun.wait(30) != 0
    project.wait_task(1, "pending")
    assert tree(project.work) == before
    assert project.state()["rollback"] is None
    told = project.receiver.wait_event("rolled_back")
    assert project.post("/webhook/status")["rolling_back"] is None
    kept = [r for r in refs(project) if "/1/undone-" in r and "half" not in r]
    assert kept and kept[-1] in told["message"]
    for name in ("a.txt", ".b"):
        assert git(project.work, "show", f"{kept[0]}:{name}")


def test_run_offers_it_at_its_prompt(project, terminal):  # noqa: F811
    name = project.write_tasks("[[run echo a > a.txt]]", "[[say next]]")
    shown = terminal(project, "--task-file", "orchestrator_tasks/" + name)
    shown.expect(r"Step 1.*\[yes/.*?\] $")
    assert "rollback" not in shown.text
    shown.type("y\n")
    shown.expect(r"Step 2.*\[yes/.*?rollback/.*?\] $")
    shown.type("rollback\n")
    shown.expect(r"kept: refs/orchestrator/\S+/1/undone-1")
    shown.expect(r"Run task 1/2: Step 1.*?\[yes/.*?\] $")
    assert not (project.work / "a.txt").exists()
    shown.type("q\n")
    shown.wait()
