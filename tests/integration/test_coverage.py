"""What `tests/run.sh coverage` counts with, on a program of a few lines."""

import os
import pathlib
import subprocess

from coverage import counters
from coverage.reasons import Reasons

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
PROGRAM = """#include <sys/wait.h>
static int choose(int n)
{
	if (n == 1)
		return 7;
	return n;
}
int main(void)
{
	int status = 0;
	if (fork() == 0)
		_exit(choose(1));
	wait(&status);
	return WEXITSTATUS(status) != choose(7);
}
"""


def counted(folder, child):
    """The program's counters after a run; child: who takes the first branch."""
    (folder / "src").mkdir(parents=True)
    source = folder / "src/program.c"
    source.write_text(PROGRAM if child else PROGRAM.replace("(1));", "(7));"))
    leave = SOURCE / "tests/coverage/leave.h"
    command = ["gcc", "--coverage", "-include", str(leave), str(source)]
    program = folder / "src/program"
    subprocess.run([*command, "-o", str(program)], cwd=folder / "src", check=True)
    subprocess.run([str(program)], check=child, cwd=folder)
    return counters.read(folder, folder)["src/program.c"]


def test_a_child_that_leaves_by_exit_is_counted(tmp_path):
    file = counted(tmp_path / "a", child=True)
    assert file.reached() == (10, 10)
    assert file.missed() == {}
    assert file.taken() == (4, 4)


def test_a_branch_that_nobody_takes_is_named(tmp_path):
    file = counted(tmp_path / "a", child=False)
    assert file.missed() == {4: (1, 2)}
    assert file.lines[5] == 0


def test_a_reason_goes_with_the_line_it_is_of(tmp_path):
    path = tmp_path / "reasons.txt"
    path.write_text("# words\nIt never fails.\n\tsrc/x.c: if (a: b)\n\tsrc/y.c: c\n")
    reasons = Reasons(path)
    assert reasons.find("src/x.c", "if (a: b)") == "It never fails."
    assert reasons.find("src/x.c", "if (other)") is None
    assert reasons.idle() == [("src/y.c", "c")]


def test_each_reason_is_of_a_line_that_is_there():
    reasons = Reasons(SOURCE / "tests/coverage/reasons.txt")
    for name, code in reasons.of:
        text = (SOURCE / name).read_text()
        assert code in map(str.strip, text.splitlines()), (name, code)
