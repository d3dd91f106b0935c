"""What suites say again and again about an answer."""

# Marks for the scripted agent: a task that fails with that reason.
FAIL = '[[result {"is_error":true,"result":"no luck"}]] [[exit 1]]'


def ok(answer):
    """The command was applied."""
    assert answer.code == 200, answer
    assert answer["status"] == "ok"
    return answer


def conflict(answer, error="conflict"):
    """The command was refused as not fitting now."""
    assert (answer.code, answer["error"]) == (409, error), answer
    assert answer["status"] == "error" and answer["message"]
    return answer


def running(instance, *more):
    """A session whose first task runs until it is told to end."""
    instance.start_list("[[silent]]", *more)
    instance.approve()
    return instance.wait_task(1, "running")
