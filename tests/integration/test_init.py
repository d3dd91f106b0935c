"""`orchestrator init`: a project that is ready to run, and nothing lost."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from harness import certificate, https
from harness.instance import program
from harness.waiting import free_port, wait_for

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
DEMO = SOURCE / "examples/demo-agent"
POINTED_OUT = "See that .gitignore names .env"


def orchestrator(*words, cwd, **env):
    return subprocess.run(
        [program(), *map(str, words)],
        cwd=cwd,
        env={
            "HOME": str(cwd),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **env,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def project(tmp_path):
    done = orchestrator("init", "project", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "project"


def secret_of(folder, name="WEBHOOK_SECRET"):
    text = (folder / ".env").read_text()
    return re.search(rf"^{name}=(.*)$", text, re.M)[1]


def mode_of(path):
    return path.stat().st_mode & 0o777


def test_a_new_project_has_no_fault(project):
    (tasks,) = (project / "orchestrator_tasks").glob("*.md")
    done = orchestrator("check", "--tasks", tasks, cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    # The one thing to know: nobody but us runs Claude.
    first, *rest = done.stdout.splitlines()
    assert first.startswith("warning: ") and "approve itself" in first
    # Its configuration is for every day, its list for the first.
    assert all("no task has the type" in line for line in rest), rest


def test_its_list_runs_as_it_stands(project):
    done = orchestrator("run", "--yes", cwd=project, CLAUDE_CLI_PATH=str(DEMO))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "work/shopping/count.txt").read_text().split() == ["5"]


def test_each_secret_is_fresh_and_of_256_bits(project, tmp_path):
    orchestrator("init", "other", cwd=tmp_path)
    secrets = {
        secret_of(folder, name)
        for folder in (project, tmp_path / "other")
        for name in ("WEBHOOK_SECRET", "N8N_NOTIFY_SECRET")
    }
    assert len(secrets) == 4
    for secret in secrets:
        assert re.fullmatch("[0-9a-f]{64}", secret)


def test_its_notifications_have_a_header_of_their_own(project):
    printed = orchestrator("check", "--print", cwd=project)
    assert printed.returncode == 0, printed.stderr
    assert '  notify_header: "X-Notify-Secret: ****' in printed.stdout
    assert secret_of(project, "N8N_NOTIFY_SECRET") not in printed.stdout


def test_only_the_owner_sees_secrets_locks_and_logs(project):
    assert mode_of(project / ".env") == 0o600
    assert mode_of(project / "run") == 0o700
    assert mode_of(project / "orchestrator_logs") == 0o700


def test_what_is_there_is_kept_and_named(tmp_path):
    (tmp_path / "config.yaml").write_text("mine\n")
    (tmp_path / ".env").write_text("WEBHOOK_SECRET=mine\n")
    done = orchestrator("init", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "config.yaml").read_text() == "mine\n"
    assert (tmp_path / ".env").read_text() == "WEBHOOK_SECRET=mine\n"
    assert "kept  config.yaml\nkept  .env\n" in done.stdout
    assert "made  run/\n" in done.stdout


def test_a_second_init_changes_nothing(project):
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    done = orchestrator("init", project, cwd=project)
    assert done.returncode == 0
    assert "made" not in done.stdout
    after = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    assert after == before


def test_git_sees_no_secret_and_nothing_that_changes_by_itself(project):
    orchestrator("run", "--yes", cwd=project, CLAUDE_CLI_PATH=str(DEMO))
    (project / "nginx/tls").mkdir(parents=True)
    (project / "nginx/tls/key.pem").write_text("secret\n")
    git = ["git", "-C", str(project), "-c", "safe.directory=*"]
    subprocess.run([*git, "init", "-q"], check=True)
    seen = subprocess.run(
        [*git, "ls-files", "-co", "--exclude-standard"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()
    (tasks,) = (project / "orchestrator_tasks").glob("*.md")
    assert sorted(name for name in seen if not name.startswith("work/")) == [
        ".gitignore",
        "config.yaml",
        f"orchestrator_tasks/{tasks.name}",
    ]


def test_a_gitignore_that_was_there_is_kept_and_pointed_out(tmp_path):
    (tmp_path / ".gitignore").write_text("*.o\n")
    done = orchestrator("init", cwd=tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "*.o\n"
    assert POINTED_OUT in done.stdout


def test_our_own_gitignore_is_not_pointed_out(project):
    assert POINTED_OUT not in orchestrator("init", cwd=project).stdout


@pytest.mark.parametrize(
    ("text", "names_it"),
    [
        ("*.o\n.env", True),
        ("/.env\r\n*.o\r\n", True),
        ("*.env \n", True),
        (".env*\n!.env.example\n", True),
        ("!.env\n.env\n", True),
        (".env.local\n", False),
        (".envrc\n", False),
        ("# .env\n", False),
        ("!.env\n", False),
        (".env*\n!.env\n", False),
    ],
)
def test_a_gitignore_names_it_or_only_seems_to(text, names_it, tmp_path):
    (tmp_path / ".gitignore").write_text(text)
    done = orchestrator("init", cwd=tmp_path)
    assert (POINTED_OUT not in done.stdout) == names_it
    git = ["git", "-C", str(tmp_path), "-c", "safe.directory=*"]
    subprocess.run([*git, "init", "-q"], check=True)
    ignored = subprocess.run([*git, "check-ignore", "-q", ".env"]).returncode
    assert (ignored == 0) == names_it


def test_what_a_configuration_that_is_kept_names_is_made(project):
    """And nothing that it does not use."""
    for folder in "orchestrator_tasks", "daily_logs", "work":
        shutil.rmtree(project / folder)
    config = project / "config.yaml"
    text = config.read_text()
    for old, new in (
        ("orchestrator_tasks", "lists"),
        ("daily_logs", "/var/empty-days"),
    ):
        text = re.sub(rf'_dir: "?{old}"?', f"_dir: {new}", text)
    config.write_text(text)
    done = orchestrator("init", cwd=project)
    assert done.returncode == 0, done.stderr
    (made,) = (project / "lists").iterdir()
    assert f"check --tasks lists/{made.name}\n" in done.stdout
    assert not (project / "orchestrator_tasks").exists()
    assert not (project / "daily_logs").exists()
    assert (project / "work").is_dir()


def test_a_folder_whose_name_begins_with_a_dot_is_made_too(project):
    config = project / "config.yaml"
    text = config.read_text()
    config.write_text(
        re.sub('_dir: "?orchestrator_tasks"?', "_dir: .tasks", text)
    )
    done = orchestrator("init", cwd=project)
    (made,) = (project / ".tasks").iterdir()
    assert f"check --tasks .tasks/{made.name}\n" in done.stdout


def test_the_next_steps_can_be_typed_as_they_stand(tmp_path):
    """By a program that is not on PATH, in a folder with a hard name."""
    name = "it's a project"
    done = orchestrator("init", name, cwd=tmp_path)
    lines = re.search(r"\nNext:\n((?:  .*\n)+)", done.stdout)[1].splitlines()
    cd, check, doctor, run = (line.strip() for line in lines)
    program_ = os.path.realpath(program())
    assert check.startswith(f"{program_} check --tasks ")
    assert doctor.startswith(f"{program_} doctor ")
    assert run.startswith(f"{program_} run ")
    again = subprocess.run(["sh", "-ec", f"{cd}\n{check}"], cwd=tmp_path)
    assert again.returncode == 0
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "orchestrator").symlink_to(program_)
    by_name = subprocess.run(
        ["orchestrator", "init", "--systemd", "other"],
        cwd=tmp_path,
        env={"PATH": f"{bin_}:/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    assert "\n  orchestrator doctor " in by_name
    assert (
        "  SSL_CERT_FILE=nginx/tls/cert.pem \\\n    orchestrator doctor --nginx"
        in by_name
    )


def test_root_is_told_of_claude_user_before_anything_fails(project, tmp_path):
    made = orchestrator("init", "again", cwd=tmp_path)
    run = orchestrator("run", "--yes", cwd=project, CLAUDE_CLI_PATH=str(DEMO))
    root = os.geteuid() == 0
    assert ("as claude.user" in made.stdout) == root
    assert run.stderr.startswith("run: claude.user is not set") == root


def test_the_secret_is_not_printed(tmp_path):
    done = orchestrator("init", "--systemd", cwd=tmp_path)
    assert secret_of(tmp_path) not in done.stdout + done.stderr


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "run").write_text("")
    done = orchestrator("init", cwd=tmp_path)
    assert done.returncode == 1
    assert f"cannot make folder '{tmp_path}/run': a file is there" in done.stderr


@pytest.mark.parametrize("words", [("a", "b"), ("--nonsense",), ("",)])
def test_wrong_usage(words, tmp_path):
    done = orchestrator("init", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("orchestrator: init: cannot take")
    assert list(tmp_path.iterdir()) == []


# -- as a service of a person without root -------------------------------------


def test_units_and_nginx_name_this_project(tmp_path):
    done = orchestrator("init", "--systemd", "p", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "p"
    for path in [*folder.glob("systemd/*"), *folder.glob("nginx/**/*.conf")]:
        assert not re.search(r"@[A-Z]+@", path.read_text()), path
    socket = (folder / "systemd/orchestrator.socket").read_text()
    assert f"\nListenStream={folder}/fcgi.sock\n" in socket
    unit = (folder / "systemd/orchestrator-supervisor.service").read_text()
    assert f"ExecStart={os.path.realpath(program())} -c {folder}/config" in unit
    shown = orchestrator("check", "--print", cwd=folder).stdout
    assert "supervisor: external" in shown
    assert mode_of(folder / "nginx/snippets/orchestrator-secret.conf") == 0o600


def test_a_folder_that_units_cannot_name_is_refused(tmp_path):
    done = orchestrator("init", "--systemd", "my project", cwd=tmp_path)
    assert done.returncode == 1
    assert "want a folder whose name has no blanks or signs" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def served(tmp_path):
    """A project with its own nginx and a responder on its socket."""
    orchestrator("init", "--systemd", cwd=tmp_path)
    crt, key = certificate.make()
    shutil.copy(crt, tmp_path / "nginx/tls/cert.pem")
    shutil.copy(key, tmp_path / "nginx/tls/key.pem")
    port, http = free_port(), free_port()
    site = tmp_path / "nginx/orchestrator.conf"
    text = site.read_text().replace("8443", str(port))
    site.write_text(text.replace("8080", str(http)))
    conf = tmp_path / "nginx/nginx.conf"
    if os.geteuid() == 0:  # a person would not be, and stay who they are
        conf.write_text("user root;\n" + conf.read_text())
    responder = subprocess.Popen(
        ["spawn-fcgi", "-n", "-s", "fcgi.sock", "-M", "0600"]
        + ["--", program(), "fcgi"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    wait_for((tmp_path / "fcgi.sock").exists, 10)
    nginx = subprocess.Popen(
        ["/usr/sbin/nginx", "-p", conf.parent, "-c", conf, "-g", "daemon off;"]
    )
    wait_for((tmp_path / "nginx/nginx.pid").exists, 10, "nginx is up")
    yield tmp_path, port
    for process in nginx, responder:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_its_own_nginx_serves_it(served):
    folder, port = served
    wait_for(
        lambda: https.request(port, "GET", "/health").code == 503, 10, "503"
    )
    asked = [("Content-Type", "application/json")]
    path = "/webhook/status"
    assert https.request(port, "POST", path, b"{}", asked).code == 401
    asked.append(("Authorization", f"Bearer {secret_of(folder)}"))
    answer = https.request(port, "POST", path, b"{}", asked)
    assert (answer.code, answer["status"]) == (200, "idle")
