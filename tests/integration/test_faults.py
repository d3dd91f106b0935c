"""The experiments of tests/faults in short: a few points each."""

import pytest
from faults import failing_io, kill_anywhere

FEW = 6


@pytest.mark.parametrize(
    "experiment", [kill_anywhere, failing_io], ids=lambda module: module.__name__
)
def test_no_promise_breaks(experiment, tmp_path):
    result = experiment.experiment(tmp_path, FEW)
    assert result.violations == []
    assert result.times > 0
