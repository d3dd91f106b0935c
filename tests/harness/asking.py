"""Words for scenes in which Claude asks a person, permissions: ask."""

import hashlib
import json

from harness.waiting import wait_for


def begin(instance, *items):
    instance.start_list(*items)
    instance.approve()


def asked(instance, after=None, kind="permission"):
    """Waits for Claude's (next) question; the state then."""

    def there():
        state = instance.state()
        question = state and state["waiting_for"]
        if question and question["kind"] == kind:
            return state if question["decision"] != after else None
        return None

    return wait_for(there, 60, "Claude asks")


def told(receiver, decision):
    """The notification about that question."""

    def there():
        for one in receiver.taken():
            if one["decision"] == decision:
                return one
        return None

    return wait_for(there, 20, "the question is told")


def digest(tool, given):
    """The hash as the manual says it."""
    text = json.dumps(
        given, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(f"{tool}\n{text}".encode()).hexdigest()


def question(text, *labels, **more):
    options = [{"label": one, "description": f"all {one}"} for one in labels]
    return {"question": text, "header": "Look", "options": options, **more}


COLOUR = question("Which colour?", "Red", "Green", multiSelect=False)
SIZES = question("Which sizes?", "S", "M", "L", multiSelect=True)


def questions(*them):
    return f"[[tool AskUserQuestion {json.dumps({'questions': them})}]]"
