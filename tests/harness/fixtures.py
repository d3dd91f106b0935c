"""The fixtures that every suite may ask for."""

import itertools

import pytest

from . import claude, processes
from .instance import Instance, program
from .messages_api import MessagesAPI
from .receiver import Receiver
from .terminal import Terminal


@pytest.fixture(scope="session", autouse=True)
def _orphans_are_ours():
    processes.adopt_orphans()


@pytest.fixture(
    params=[
        claude.NEWEST,
        pytest.param(claude.OLDEST, marks=pytest.mark.slow),
    ]
)
def claude_release(request):
    """Every scene that asks for the real Claude plays with each of these; in
    `tests/run.sh quick` with the newest alone."""
    return request.param


@pytest.fixture
def claude_program(claude_release):
    """The real Claude Code, installed once; what make_instance() takes."""
    return claude.install(claude_release)


@pytest.fixture
def api():
    with MessagesAPI() as server:
        yield server


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


@pytest.fixture
def make_instance(request, tmp_path):
    """A factory: make_instance(agent=..., config=...) gives an Instance that
    is not yet started; all are closed, and judged, at the end."""
    made = []
    numbers = itertools.count(1)

    def make(**options):
        if "claude_program" in request.fixturenames:
            claude_program = request.getfixturevalue("claude_program")
            options.setdefault("claude_program", claude_program)
        made.append(Instance(tmp_path / f"i{next(numbers)}", **options))
        return made[-1]

    yield make
    problems = []
    for instance in made:
        try:
            instance.close()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.fixture
def instance(make_instance, receiver):
    """A started instance with the scripted agent and a receiver."""
    return make_instance(receiver=receiver).start()


@pytest.fixture
def claude_instance(make_instance, receiver, api, claude_program):
    """A started instance with the real Claude Code."""
    return make_instance(agent="claude", api=api, receiver=receiver).start()


def pytest_collection_modifyitems(config, items):
    """Without root there is no other account to become: such cases are left
    out, visibly, as deselected."""
    if processes.may_change_accounts():
        return
    out = [item for item in items if item.get_closest_marker("needs_root")]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


@pytest.fixture
def terminal():
    """A factory: terminal(instance, *args) is its `run` at a terminal, with
    options as environment; all are closed at the end."""
    opened = []

    def run(instance, *args, **options):
        opened.append(
            Terminal(
                [program(), "-c", str(instance.config_file), "run", *args],
                cwd=instance.folder,
                env={**instance.env, **options},
            )
        )
        return opened[-1]

    yield run
    for one in opened:
        one.close()


@pytest.fixture
def asking(make_instance, receiver, api, claude_program):
    """A started instance whose Claude asks; deny and allow as given."""

    def make(**config):
        return make_instance(
            agent="claude",
            api=api,
            receiver=receiver,
            config={"claude": {"permissions": "ask", **config}},
        ).start()

    return make
