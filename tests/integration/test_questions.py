"""What `run` asks at a terminal: what it shows of the task, what its words do,
and that nothing typed before a question answers it."""

import pytest
from harness.answers import FAIL
from harness.tasks import Task
from harness.waiting import wait_for


@pytest.fixture
def asked(make_instance, terminal):
    """A factory: an instance and `run` of these tasks at a terminal."""

    def run(*items):
        instance = make_instance()
        path = "orchestrator_tasks/" + instance.write_tasks(*items)
        return instance, terminal(instance, "--task-file", path)

    return run


PROMPT = r"\[yes/.*?\] $"


@pytest.mark.parametrize("typed", ["y\n", "y\ny\ny\n", "y"])
def test_what_was_typed_while_a_task_ran_answers_nothing(asked, typed):
    instance, shown = asked(
        Task("First", "[[say working]] [[until go]]", approval=False),
        Task("Drop the production database", "[[say gone]]", approval=True),
    )
    shown.expect("working")
    shown.type(typed)
    (instance.work / "go").touch()
    shown.expect("Run task 2/2.*" + PROMPT)
    shown.type("\n")
    shown.expect(PROMPT)
    assert instance.task(2)["status"] == "pending"
    shown.type("q\n")
    assert shown.wait() == 3
    assert instance.task(2)["status"] == "pending"


def test_lines_behind_an_answer_do_not_answer_the_next_question(asked):
    instance, shown = asked("[[say a]]", "[[say b]]")
    shown.expect(PROMPT)
    shown.type("y\ny\ny\n")
    shown.expect("Run task 2/2.*" + PROMPT)
    shown.type("q\n")
    assert shown.wait() == 3
    assert instance.task(2)["status"] == "pending"


def test_it_shows_what_is_approved_as_far_as_the_screen_goes(asked):
    long = "\n".join(f"step {n} of the work" for n in range(200))
    instance, shown = asked("[[say short]]", long)
    shown.expect(r"Task 1/2: .*\[\[say short\]\].*" + PROMPT)
    shown.type("skip\n")
    text = shown.expect("Task 2/2: .*" + PROMPT).group()
    assert "step 0 of the work" in text
    assert "step 199 of the work" not in text
    assert "orchestrator show 2" in text
    assert len(text.splitlines()) <= 24
    assert "step 199 of the work" in instance.cli("show", "2").stdout
    shown.type("stop\n")
    assert shown.wait() == 1


def test_no_keeps_the_question_open_and_says_how_to_go_on(asked):
    instance, shown = asked("[[say a]]")
    shown.expect(PROMPT)
    shown.type("no\n")
    assert "skip" in shown.expect("stays open.*" + PROMPT).group()
    shown.type("perhaps\n")
    shown.expect("'perhaps' is none of these.*" + PROMPT)
    shown.type("?\n")
    explained = shown.expect(r"yes +run it.*" + PROMPT).group()
    for word in ("skip", "stop", "no ", "q ", "?"):
        assert word in explained
    shown.type("/approve\n")
    shown.expect("completed")
    assert shown.wait() == 0


def test_retry_says_which_task_and_takes_feedback_in_the_same_line(asked):
    instance, shown = asked(FAIL)
    shown.expect(PROMPT)
    shown.type("y\n")
    shown.expect(r"no luck.*\[retry/.*?\] $")
    shown.type("retry use plural names\n")
    assert "use plural names" in instance.agent(2)["prompt"]
    shown.expect(r"\[retry/.*?\] $")
    shown.type("r\n")
    shown.expect(r"Again task 1/1: what should be different\?")
    shown.type("3 columns please\n")
    assert "3 columns please" in instance.agent(3)["prompt"]
    shown.expect(r"\[retry/.*?\] $")
    shown.type("q\n")
    assert shown.wait() == 3
    wait_for(lambda: not instance.supervisor(), 10, "its supervisor is gone")
