"""`add` and `note`: a task more, a line for the day's log."""

import base64
import concurrent.futures
import datetime
import json
import signal

import pytest
from harness.answers import conflict, ok
from harness.tasks import Task
from harness.waiting import wait_for


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def list_of(instance):
    return instance.tasks_dir / f"{today()}-tasks.md"


def day_of(instance):
    return instance.folder / "daily_logs" / f"{today()}.md"


def test_a_task_added_while_one_runs_has_its_turn(instance):
    instance.start_list("[[say a]]")
    answer = ok(
        instance.command("/add Write it down #docs\n[[say added]]\nShortly.")
    )
    assert answer["task"] == 2
    assert answer["task_file"] == instance.state()["task_file"]
    assert "Task 2 of 2 has been added to the session" in answer["message"]
    assert "waits for your approval" in answer["message"]
    added = instance.task(2)
    assert (added["title"], added["type"]) == ("Write it down", "docs")
    assert added["instruction"] == "[[say added]]\nShortly."
    listed = (instance.tasks_dir / "list.md").read_text()
    assert "## Task 2: Write it down\n**Type:** docs\n" in listed
    assert instance.cli(
        "check", "--tasks", str(instance.tasks_dir / "list.md")
    ).returncode == 0
    instance.approve()
    instance.wait_task(1, "completed")
    instance.wait_status("waiting_approval")
    assert instance.post("/webhook/status")["task"] == 2
    instance.approve()
    instance.wait_status("completed")
    assert instance.task(2)["status"] == "completed"
    assert instance.state()["writing"] is None


def test_without_a_session_it_goes_into_todays_list(instance):
    answer = ok(instance.post("/webhook/add", text="[[say one]]", user="anna"))
    assert answer["task"] == 1
    assert answer["actions"][0]["label"] == f"Start {today()}"
    path = list_of(instance)
    assert path.read_text().startswith(f"# Tasks - {today()}\n\n## Task 1: ")
    assert path.stat().st_mode & 0o777 == 0o640
    assert ok(instance.post("/webhook/add", text="[[say two]]"))["task"] == 2
    ok(instance.command("/start"))
    assert [t["id"] for t in instance.state()["tasks"]] == [1, 2]
    instance.approve()
    instance.wait_task(1, "completed")
    instance.wait_status("waiting_approval")
    instance.approve()
    instance.wait_status("completed")
    # The list is done: what comes now begins another one, and nothing that
    # was done is run again.
    answer = ok(instance.post("/webhook/add", text="[[say three]]"))
    assert answer["task"] == 1 and "kept beside it" in answer["message"]
    assert ok(instance.post("/webhook/add", text="[[say four]]"))["task"] == 2
    kept = instance.tasks_dir / f"{today()}-tasks.1.md"
    assert "[[say two]]" in kept.read_text()
    ok(instance.command("/start"))
    titles = [t["title"] for t in instance.state()["tasks"]]
    assert titles == ["[[say three]]", "[[say four]]"]


def test_a_type_that_is_approved_beforehand_is_not_asked_about(make_instance):
    instance = make_instance(
        config={"orchestrator": {"auto_approve": ["docs"]}}
    ).start()
    instance.start_list(Task("One", "[[say a]]"))
    answer = ok(instance.post("/webhook/add", text="Two #docs\n[[say b]]"))
    assert "without asking" in answer["message"]
    instance.approve()
    instance.wait_status("completed")
    assert instance.task(2)["status"] == "completed"


def test_an_addition_that_comes_again_is_one(instance):
    for _ in range(2):
        answer = ok(
            instance.post("/webhook/add", text="Do it", delivery_id="7")
        )
    assert answer["duplicate"] is True and answer["task"] == 1
    assert list_of(instance).read_text().count("## Task") == 1
    for _ in range(2):
        ok(instance.post("/webhook/note", text="Milk", delivery_id="8"))
    assert day_of(instance).read_text().count("Milk") == 1
    conflict(instance.post("/webhook/add", text="Other", delivery_id="7"))


def test_a_faulty_list_is_left_alone_and_its_faults_are_told(instance):
    list_of(instance).write_text("## Task 1: No instruction\n")
    answer = instance.post("/webhook/add", text="Do it")
    assert (answer.code, answer["error"]) == (422, "bad_task_file")
    assert answer["faults"] and "nothing was added" in answer["message"]
    assert list_of(instance).read_text() == "## Task 1: No instruction\n"


@pytest.mark.parametrize("name", ("add", "note"))
def test_nothing_to_add_is_refused_with_what_is_wanted(instance, name):
    for answer in (
        instance.command(f"/{name}"),
        instance.post(f"/webhook/{name}", text=" \n"),
    ):
        assert (answer.code, answer["error"]) == (400, "bad_request")
        assert "want" in answer["message"]
    said = instance.cli(name)
    assert said.returncode == 2 and "want" in said.stderr


def test_a_note_makes_the_days_log_and_offers_a_plan(instance):
    answer = ok(instance.command("/note Buy #milk\nand bread"))
    assert answer["actions"] == [
        {"label": "Plan", "command": f"/plan {today()}"}
    ]
    assert f"daily_logs/{today()}.md" in answer["message"]
    day = day_of(instance)
    assert day.read_text() == (
        f"# Daily Work - {today()}\n\n## Goals\n\n## Context\n\n"
        "## Notes\n- Buy #milk\n  and bread\n"
    )
    said = instance.cli("note", "Mend", "the", "--roof")
    assert said.returncode == 0, said.stderr
    assert day.read_text().endswith("  and bread\n- Mend the --roof\n")


def test_at_a_terminal_it_takes_a_text_of_lines(instance):
    said = instance.cli("add", "Mend the roof #house\n[[say b]]")
    assert said.returncode == 0, said.stderr
    assert "orchestrator start to begin" in said.stdout
    assert "**Type:** house" in list_of(instance).read_text()


def test_a_list_that_cannot_be_written_takes_the_task_back(instance):
    """A folder stands where the new list is written."""
    instance.start_list("[[say a]]")
    before = (instance.tasks_dir / "list.md").read_text()
    blocker = instance.tasks_dir / ".list.md.new"
    (blocker / "x").mkdir(parents=True)
    answer = instance.post("/webhook/add", text="Do it", delivery_id="7")
    assert answer.code == 503 and "Nothing was done" in answer["message"]
    assert len(instance.state()["tasks"]) == 1
    assert instance.state()["writing"] is None
    (blocker / "x").rmdir()
    blocker.rmdir()
    assert ok(instance.post("/webhook/add", text="Do it", delivery_id="7"))
    assert (instance.tasks_dir / "list.md").read_text().startswith(before)
    assert len(instance.state()["tasks"]) == 2


def test_what_a_crash_left_on_its_way_is_written_at_the_next_start(instance):
    """As after a kill between state.json and the list."""
    instance.start_list("[[say a]]")
    path = instance.tasks_dir / "list.md"
    before = path.read_text()
    ok(instance.post("/webhook/add", text="Do it"))
    after = path.read_text()
    instance.stop_responder()
    instance.stop_supervisor(signal.SIGKILL)
    state = instance.state()
    state["writing"] = {
        "file": "list.md",
        "day": False,
        "size": len(before.encode()),
        "text": after[len(before) :],
    }
    instance.state_file.write_text(json.dumps(state))
    path.write_text(before)
    instance.start_responder()
    wait_for(lambda: path.read_text() == after, 20, "the list has the task")
    wait_for(
        lambda: instance.state()["writing"] is None, 20, "nothing is on its way"
    )


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def attached(name="photo.png", type="image/png", data=PNG):
    return {
        "name": name,
        "type": type,
        "data": base64.b64encode(data).decode(),
    }


def folder_of(instance):
    return instance.folder / "daily_logs" / today()


def test_files_are_kept_in_the_days_folder_and_named(instance):
    photo, other = attached(), attached(data=PNG + b"!")
    text = attached("list of things.txt", "text/plain; charset=utf-8", b"a\n")
    ok(instance.post("/webhook/add", text="Do as shown", files=[photo, text]))
    folder = folder_of(instance)
    assert (folder / "photo.png").read_bytes() == PNG
    assert (folder / "list of things.txt").read_bytes() == b"a\n"
    listed = list_of(instance).read_text()
    assert (
        "Do as shown\n\nFiles that belong to this:\n"
        f"- {folder}/photo.png\n- {folder}/list of things.txt\n"
    ) in listed
    ok(instance.post("/webhook/note", text="Like this", files=[other]))
    assert (folder / "photo-2.png").read_bytes() == PNG + b"!"
    assert day_of(instance).read_text().endswith(
        "- Like this\n\n  Files that belong to this:\n"
        f"  - {folder}/photo-2.png\n"
    )
    # The same contents are the same file.
    ok(instance.post("/webhook/note", text="Again", files=[photo, other]))
    assert len(list(folder.iterdir())) == 3


def test_an_account_of_claudes_own_can_read_them(instance):
    """Whatever umask the supervisor has (its own is 077)."""
    ok(instance.post("/webhook/note", text="See", files=[attached()]))
    folder = folder_of(instance)
    for path, mode in ((folder.parent, 0o755), (folder, 0o755),
                       (folder / "photo.png", 0o644)):
        assert path.stat().st_mode & 0o777 == mode, path


def test_a_link_in_place_of_the_days_folder_is_not_followed(instance):
    elsewhere = instance.folder / "elsewhere"
    elsewhere.mkdir()
    folder_of(instance).parent.mkdir(exist_ok=True)
    folder_of(instance).symlink_to(elsewhere)
    answer = instance.post("/webhook/note", text="See", files=[attached()])
    assert answer.code == 422 and "is a link" in answer["message"]
    assert list(elsewhere.iterdir()) == [] and not day_of(instance).exists()


def test_ten_megabytes_come_through_and_no_more(instance):
    """By the site as it is shipped, and what the responder itself says."""
    site = instance.nginx.port
    big = PNG + bytes(10 * 1024 * 1024 - len(PNG))
    ok(
        instance.post(
            "/webhook/add", text="Big", files=[attached(data=big)], port=site
        )
    )
    assert (folder_of(instance) / "photo.png").stat().st_size == len(big)
    answer = instance.post(
        "/webhook/add", text="Bigger", files=[attached(data=big + b"x")]
    )
    assert (answer.code, answer["error"]) == (400, "bad_request")
    assert "10 MiB" in answer["message"]
    # The other paths take no more than they did.
    for port in (site, None):
        for path, size in (
            ("/webhook/add", 14 * 1024 * 1024),
            ("/webhook/command", 70 * 1024),
            ("/webhook/retry", 70 * 1024),
        ):
            answer = instance.post(path, feedback="x" * size, port=port)
            assert (answer.code, answer["error"]) == (413, "too_large")
    assert len(list(folder_of(instance).iterdir())) == 1


def test_long_bodies_have_their_turn_one_after_the_other(instance):
    """As the pictures of one album, and who asks meanwhile is answered."""

    def send(i):
        data = PNG + bytes([i]) * (2 * 1024 * 1024)
        return instance.post(
            "/webhook/note",
            text=f"Picture {i}",
            files=[attached(data=data)],
            port=instance.nginx.port,
        )

    with concurrent.futures.ThreadPoolExecutor() as pool:
        sent = [pool.submit(send, i) for i in range(6)]
        assert instance.post("/webhook/status").code == 200
        for one in sent:
            ok(one.result())
    assert len(list(folder_of(instance).iterdir())) == 6
    assert day_of(instance).read_text().count("- Picture") == 6


@pytest.mark.parametrize(
    "file, why",
    [
        (attached("../x.png"), "files[0].name"),
        (attached(".hidden.png"), "files[0].name"),
        (attached("a\nb.png"), "files[0].name"),
        (attached("gnp.\u202exe.png"), "files[0].name"),
        (attached("gnp.\u061cxe.png"), "files[0].name"),
        (attached("a\u009b1mb.png"), "files[0].name"),
        (attached("a\ufeffb.png"), "files[0].name"),
        (attached("x" * 101), "files[0].name"),
        (attached(type="application/x-executable"), "files[0].type"),
        (attached(type="image/jpeg"), "files[0].data: is not image/jpeg"),
        (attached("a.txt", "text/plain", b"\xff\xfe"), "files[0].data"),
        (attached(data=b""), "files[0].data"),
        ({**attached(), "data": "%%%"}, "files[0].data: want base64"),
        ({"type": "image/png"}, "files[0].name"),
        ("photo", "files[0]: want an object"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(instance, file, why):
    answer = instance.post("/webhook/add", text="Do it", files=[file])
    assert (answer.code, answer["error"]) == (400, "bad_request")
    assert why in answer["message"]
    assert not list_of(instance).exists() and not folder_of(instance).exists()


def test_the_files_of_what_is_refused_are_not_kept(instance):
    list_of(instance).write_text("## Task 1: One\n\nno instruction\n")
    answer = instance.post("/webhook/add", text="Do", files=[attached()])
    assert answer.code == 422
    blocker = instance.folder / "daily_logs" / f".{today()}.md.new" / "x"
    blocker.mkdir(parents=True)
    answer = instance.post("/webhook/note", text="Do", files=[attached()])
    assert answer.code == 503
    folder = folder_of(instance)
    assert not folder.exists() or not list(folder.iterdir())


def test_claude_reads_the_file_that_belongs_to_its_task(
    make_instance, api, claude_program
):
    """Though it lies outside of claude.workdir."""
    instance = make_instance(
        agent="claude",
        api=api,
        config={"claude": {"permissions": "edits"}},
    ).start()
    path = folder_of(instance) / "things.txt"
    call = json.dumps({"file_path": str(path)})
    ok(
        instance.post(
            "/webhook/add",
            text=f"Read it\n[[tool Read {call}]] [[say Done.]]",
            files=[attached("things.txt", "text/plain", b"a horse\n")],
        )
    )
    ok(instance.command("/start"))
    instance.approve()
    instance.wait_status("completed", 60)
    assert instance.task(1)["denials"] == 0
    logs = (instance.logs_dir / "task-1-stream.jsonl").read_text()
    assert "a horse" in logs
