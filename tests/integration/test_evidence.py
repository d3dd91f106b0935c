"""What an attempt has changed, kept in git beside whatever the user has there:
the checkpoints, what the message says of them, and what stays untouched."""

import json
import os
import pty
import signal
import subprocess
import time

import pytest
from harness.answers import ok
from harness.git import ENVIRONMENT, git
from harness.instance import program
from harness.waiting import wait_for

@pytest.fixture
def project(make_instance, receiver):
    """An instance, not yet started, whose work folder is a repository with
    one commit; what the scripted agent notes for us is ignored."""
    made = make_instance(receiver=receiver)
    git(made.work, "init", "-q", "-b", "main")
    (made.work / ".gitignore").write_text("agent-*.json\nbuild/\n")
    (made.work / "kept.txt").write_text("one\ntwo\n")
    git(made.work, "add", "-A")
    git(made.work, "commit", "-q", "-m", "first")
    return made


def run(instance, script, status="completed"):
    """One task with that script, to its end; the session's id."""
    instance.start_list(script)
    instance.approve()
    instance.wait_task(1, status)
    return instance.state()["session_id"]


def refs(instance):
    names = git(instance.work, "for-each-ref", "--format=%(refname)")
    return [n for n in names.split() if n.startswith("refs/orchestrator/")]


def files_of(instance, ref):
    return git(instance.work, "ls-tree", "-r", "--name-only", ref).split()


CHANGE = (
    "[[run echo three >> kept.txt; echo new > fresh.txt; mkdir -p build;"
    " echo x > build/out]]"
)


def test_a_task_is_kept_before_and_after_and_its_message_counts(project):
    (project.work / "dirty.txt").write_text("not yet added\n")
    session = run(project.start(), CHANGE)
    name = f"refs/orchestrator/{session}/1/1"
    assert name in refs(project) and name + "-after" in refs(project)
    assert files_of(project, name) == [".gitignore", "dirty.txt", "kept.txt"]
    assert "fresh.txt" in files_of(project, name + "-after")
    assert "build/out" not in files_of(project, name + "-after")
    task = project.task(1)
    assert task["changes"] == {"files": 2, "added": 2, "removed": 0}
    told = project.receiver.wait_event("task_completed")
    assert "📁 2 files changed, +2 −0" in told["message"]
    shown = ok(project.post("/webhook/show", task=1))
    assert shown["task"]["changes"] == task["changes"]
    diff = (project.logs_dir / "task-1-changes.diff").read_text()
    assert "+three" in diff and "b/fresh.txt" in diff
    assert "/diff 1" in told["message"]


def test_diff_over_http_as_text_and_at_the_terminal(project):
    (project.work / "odd.txt").write_bytes(b"plain\n")
    run(project.start(), CHANGE + r"[[run printf '\033[31m\377' >> odd.txt]]")
    by_path = ok(project.post("/webhook/diff"))
    assert by_path.json == ok(project.command("/diff 1")).json
    assert by_path["changes"] == project.task(1)["changes"]
    assert by_path["cut"] is False
    for words in ("+three", "b/fresh.txt", "+new", "b/odd.txt"):
        assert words in by_path["diff"] and words in by_path["message"]
    assert "\x1b" not in by_path["diff"]
    shown = project.cli("diff")
    assert shown.returncode == 0 and "\n+three\n" in shown.stdout
    body = json.loads(project.cli("--json", "diff", "1").stdout)
    assert body["diff"] == by_path["diff"]
    assert project.cli("diff", "7").returncode == 1
    assert project.post("/webhook/diff", task=7).code == 409
    coloured = terminal(project, "diff")
    assert "\x1b[32m+three\x1b[0m" in coloured


def terminal(instance, *words):
    """What a command prints on a terminal."""
    master, slave = pty.openpty()
    run = subprocess.Popen(
        [program(), "-c", str(instance.config_file), *words],
        env={**instance.env, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    said = b""
    try:
        while piece := os.read(master, 65536):
            said += piece
    except OSError:  # the other end is closed
        pass
    os.close(master)
    assert run.wait(20) == 0
    return said.decode()


def test_a_long_diff_is_whole_where_there_is_room_for_it(project):
    run(project.start(), "[[run seq 400000 > long.txt]]")
    assert project.task(1)["changes"]["added"] == 400000
    answer = ok(project.post("/webhook/diff"))
    assert answer["cut"] is True and len(answer["diff"]) <= 1024 * 1024
    assert len(answer["message"]) <= 4096
    assert "(cut)" in answer["message"]
    whole = project.cli("diff").stdout
    assert whole.endswith("+400000\n")


def test_what_the_user_has_in_git_stays_as_it_is(project):
    (project.work / "staged.txt").write_text("staged\n")
    git(project.work, "add", "staged.txt")
    (project.work / "kept.txt").write_text("stashed\n")
    git(project.work, "stash", "push", "-q", "kept.txt")

    def seen():
        return (
            (project.work / ".git/index").read_bytes(),
            git(project.work, "log", "--branches", "--format=%H"),
            git(project.work, "stash", "list"),
            git(project.work, "symbolic-ref", "HEAD"),
            (project.work / ".git/config").read_bytes(),
        )

    before = seen()
    run(project.start(), CHANGE)
    assert seen() == before
    assert project.task(1)["changes"]["files"] == 2


def name_programs(project):
    """Hooks, filters, fsmonitor, textconv, an external diff, a signature: each
    leaves a file evil-* where it is run."""
    evil = f"touch {project.folder}/evil-"
    hooks = project.work / ".git/hooks"
    for hook in (
        "reference-transaction",
        "post-index-change",
        "pre-commit",
        "post-checkout",
        "pre-auto-gc",
    ):
        (hooks / hook).write_text(f"#!/bin/sh\n{evil}{hook}\n")
        (hooks / hook).chmod(0o755)
    for key, value in {
        "filter.bad.clean": f"{evil}clean; cat",
        "filter.bad.smudge": f"{evil}smudge; cat",
        "filter.worse.process": f"{evil}process",
        "filter.worse.required": "true",
        "core.fsmonitor": f"{evil}fsmonitor",
        "diff.bad.textconv": f"{evil}textconv",
        "diff.bad.command": f"{evil}command",
        "diff.external": f"{evil}external",
        "gpg.program": f"{evil}gpg",
        "commit.gpgSign": "true",
        "core.pager": f"{evil}pager",
    }.items():
        git(project.work, "config", key, value)
    (project.work / ".gitattributes").write_text(
        "*.txt filter=bad diff=bad\n*.dat filter=worse\n"
    )
    (project.work / "some.dat").write_text("data\n")


def test_nothing_that_the_repository_names_is_run(project):
    name_programs(project)
    run(project.start(), CHANGE + "[[run echo more >> some.dat]]")
    assert project.task(1)["changes"]["files"] == 3
    assert not [n for n in os.listdir(project.folder) if "evil" in n]


def bare_beginning(work):
    git(work, "init", "-q", "-b", "main")


def detached(work):
    bare_beginning(work)
    git(work, "commit", "-q", "--allow-empty", "-m", "first")
    git(work, "checkout", "-q", "--detach")


def in_a_merge(work):
    bare_beginning(work)
    for branch, text in (("main", "a\n"), ("other", "b\n"), ("main", "c\n")):
        git(work, "checkout", "-q", "-B", branch)
        (work / "both.txt").write_text(text)
        git(work, "add", "both.txt")
        git(work, "commit", "-q", "-m", text)
        if branch == "other":
            git(work, "checkout", "-q", "HEAD~")
    git(work, "merge", "other", check=False)
    (work / "both.txt").write_text("<<<<<<< still\n")
    # update-ref refuses this name since git 2.46.
    (work / ".git/MERGE_HEAD").write_text(git(work, "rev-parse", "other"))


def with_a_submodule(work):
    lib = work.parent / "lib"
    lib.mkdir()
    detached(lib)
    bare_beginning(work)
    allow = ("-c", "protocol.file.allow=always")
    git(work, *allow, "submodule", "--quiet", "add", str(lib), "lib")
    git(work, "commit", "-q", "-m", "first")


def a_worktree(work):
    main = work.parent / "main"
    main.mkdir()
    detached(main)
    work.rmdir()
    git(main, "worktree", "add", "-q", str(work))


def a_nested_one(work):
    bare_beginning(work)
    (work / "inner").mkdir()
    bare_beginning(work / "inner")


@pytest.mark.parametrize(
    "lay_out",
    [
        bare_beginning,
        detached,
        in_a_merge,
        with_a_submodule,
        a_worktree,
        a_nested_one,
    ],
    ids=lambda f: f.__name__,
)
def test_every_kind_of_repository(make_instance, receiver, lay_out):
    made = make_instance(receiver=receiver)
    lay_out(made.work)
    (made.work / ".git-is-here").write_text("x\n")
    exclude = git(made.work, "rev-parse", "--git-path", "info/exclude").strip()
    path = made.work / exclude
    path.parent.mkdir(exist_ok=True)
    path.write_text("agent-*.json\n")
    status = git(made.work, "status", "--porcelain")
    session = run(made.start(), "[[run echo new > fresh.txt]]")
    assert made.task(1)["changes"] == {"files": 1, "added": 1, "removed": 0}
    assert f"refs/orchestrator/{session}/1/1" in refs(made)
    (made.work / "fresh.txt").unlink()
    assert git(made.work, "status", "--porcelain") == status


def test_no_repository_is_no_evidence_and_no_complaint(instance):
    run(instance, "[[run echo new > fresh.txt]]")
    assert instance.task(1)["changes"] is None
    answer = ok(instance.post("/webhook/diff"))
    assert answer["diff"] == "" and "not known" in answer["message"]
    told = instance.receiver.wait_event("task_completed")
    assert "📁" not in told["message"]
    assert "no evidence" not in instance.log_text()


def test_a_checkpoint_that_fails_holds_up_no_task(project):
    (project.work / ".git/orchestrator").write_text("in the way\n")
    run(project.start(), CHANGE)
    assert project.task(1)["changes"] is None
    project.wait_log("no evidence of what changes")


def test_the_orchestrators_own_files_are_no_part_of_it(
    make_instance, receiver
):
    """Where claude.workdir is the configuration's own folder."""
    made = make_instance(receiver=receiver, config={"claude": {"workdir": "."}})
    git(made.folder, "init", "-q")
    session = run(made.start(), "[[run echo new > fresh.txt]]")
    ref = f"refs/orchestrator/{session}/1/1-after"
    kept = git(made.folder, "ls-tree", "-r", "--name-only", ref).split()
    assert "fresh.txt" in kept
    for own in ("state.json", ".env", "config.yaml"):
        assert own not in kept
    for own in ("orchestrator_logs/", "orchestrator_tasks/", "run/"):
        assert not [n for n in kept if n.startswith(own)]


def test_cancel_during_the_checkpoint_ends_the_task(project):
    """Git is slow, say: the task is cancelled and Claude never starts."""
    slow = project.folder / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nsleep 300\n")
    (slow / "git").chmod(0o755)
    project.env["PATH"] = f"{slow}:{project.env['PATH']}"
    project.start()
    project.start_list("[[say never]]")
    project.approve()
    project.wait_task(1, "running")
    ok(project.post("/webhook/cancel"))
    task = project.wait_task(1, "failed")
    assert task["result"] == "cancelled" and task["error"] == "cancelled"
    assert not (project.work / "agent-1.json").exists()


def test_a_failed_task_says_what_it_left_behind(project):
    run(project.start(), CHANGE + "[[exit 1]]", "failed")
    assert project.task(1)["changes"]["files"] == 2
    told = project.receiver.wait_event("task_failed")
    assert "📁 2 files changed" in told["message"]


def test_attempts_have_checkpoints_of_their_own(project):
    session = run(project.start(), "[[run echo x >> kept.txt]]")
    ok(project.post("/webhook/retry"))
    wait_for(
        lambda: project.task(1)["attempt"] == 2
        and project.task(1)["status"] == "completed",
        30,
        "the second attempt ended",
    )
    name = f"refs/orchestrator/{session}/1"
    for ref in ("1", "1-after", "2", "2-after"):
        assert f"{name}/{ref}" in refs(project)
    assert project.task(1)["changes"] == {"files": 1, "added": 1, "removed": 0}


def old_ref(work, name, days):
    """A ref to a commit of so many days ago."""
    when = f"@{int(time.time()) - days * 86400} +0000"
    tree = git(work, "write-tree").strip()
    run = subprocess.run(
        ["git", "commit-tree", tree, "-m", "old"],
        cwd=work,
        env={**ENVIRONMENT, "GIT_COMMITTER_DATE": when},
        text=True,
        check=True,
        stdout=subprocess.PIPE,
    )
    git(work, "update-ref", name, run.stdout.strip())


def test_refs_of_earlier_sessions_go_when_their_logs_do(project):
    project.write_config(logging={"keep_days": 30})
    old_ref(project.work, "refs/orchestrator/20200101-000000/1/1", 31)
    old_ref(project.work, "refs/orchestrator/20200102-000000/1/1", 29)
    old_ref(project.work, "refs/heads/the-users-own", 4000)
    session = run(project.start(), CHANGE)
    assert project.task(1)["changes"]["files"] == 2
    kept = refs(project)
    assert "refs/orchestrator/20200101-000000/1/1" not in kept
    assert "refs/orchestrator/20200102-000000/1/1" in kept
    assert f"refs/orchestrator/{session}/1/1-after" in kept
    assert "the-users-own" in git(project.work, "branch", "--list")


def test_keep_days_0_keeps_all_refs(project):
    project.write_config(logging={"keep_days": 0})
    old_ref(project.work, "refs/orchestrator/20000101-000000/1/1", 9000)
    run(project.start(), CHANGE)
    assert "refs/orchestrator/20000101-000000/1/1" in refs(project)


def hold_counting(project):
    """The first time that git is to count what has changed it takes for ever;
    "counting" is there then."""
    slow = project.folder / "bin"
    slow.mkdir()
    mark = project.folder / "counting"
    (slow / "git").write_text(
        "#!/bin/sh\n"
        'for word; do case $word in --shortstat)\n'
        f"  [ -e {mark} ] || {{ touch {mark}; sleep 300; }} ;;\n"
        "esac; done\n"
        'exec /usr/bin/git "$@"\n'
    )
    (slow / "git").chmod(0o755)
    project.env["PATH"] = f"{slow}:{project.env['PATH']}"


def test_a_supervisor_that_dies_while_git_counts_claims_no_cut(project):
    """Claude was done: that is on record, and only the rest is done again."""
    hold_counting(project)
    project.start()
    project.start_list(CHANGE)
    project.approve()
    wait_for((project.folder / "counting").exists, 30, "git counts")
    assert project.task(1)["ended"]["result"] == "success"
    project.stop_supervisor(signal.SIGKILL)
    task = project.wait_task(1, "completed")
    assert task["attempt"] == 1 and task["error"] is None
    assert task["changes"] == {"files": 2, "added": 2, "removed": 0}


def test_a_crash_while_git_counts_makes_no_failure_of_a_usage_limit(project):
    hold_counting(project)
    result = {
        "is_error": True,
        "api_error_status": 429,
        "result": f"Claude AI usage limit reached|{int(time.time()) + 3600}",
    }
    project.start()
    project.start_list(f"[[result {json.dumps(result)}]] [[exit 1]]")
    project.approve()
    wait_for((project.folder / "counting").exists, 30, "git counts")
    ended = project.task(1)["ended"]
    assert ended["limited"] and ended["resets_at"]
    project.stop_supervisor(signal.SIGKILL)
    state = project.wait_status("paused")
    assert state["waiting_for"]["kind"] == "limit"
    assert state["parked_until"] > ended["resets_at"]
    assert state["tasks"][0]["status"] == "pending"


def test_what_the_manual_says_of_undoing_holds(project):
    """docs/troubleshooting.md: back, forth, and refused after a change."""
    (project.work / "gone.bin").write_bytes(bytes(range(256)))
    (project.work / "mine.txt").write_text("untracked\n")
    session = run(project.start(), CHANGE + "[[run rm gone.bin]]")
    ref = f"refs/orchestrator/{session}/1/1"
    diff = f"git diff --binary {ref} {ref}-after | git apply"

    def shell(text):
        return subprocess.run(
            ["sh", "-c", text], cwd=project.work, env=ENVIRONMENT, check=False
        ).returncode

    def seen():
        return {
            path.name: path.read_bytes()
            for path in project.work.iterdir()
            if path.is_file() and not path.name.startswith("agent-")
        }

    done = seen()
    assert shell(f"{diff} -R") == 0
    assert (project.work / "kept.txt").read_text() == "one\ntwo\n"
    assert not (project.work / "fresh.txt").exists()
    assert (project.work / "gone.bin").read_bytes() == bytes(range(256))
    assert (project.work / "mine.txt").read_text() == "untracked\n"
    assert shell(diff) == 0 and seen() == done
    (project.work / "fresh.txt").write_text("mine now\n")
    changed = seen()
    assert shell(f"{diff} -R") != 0 and seen() == changed
