"""The releases that are covered speak as they are known to."""

import pytest
from harness import drift


@pytest.mark.slow
def test_nothing_is_new_or_gone(claude_program, claude_release):
    found = drift.printed(claude_release)
    assert sorted(found ^ drift.known(claude_release)) == []
