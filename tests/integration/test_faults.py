"""The experiments of tests/faults in short: a few points each."""

import pytest
from faults import (
    compressed_day,
    dead_peers,
    failing_io,
    full_disk,
    kill_anywhere,
    load,
    once,
    power_cut,
    strangers,
    survivors,
)

FEW = 6
EXPERIMENTS = [
    kill_anywhere,
    failing_io,
    full_disk,
    once,
    power_cut,
    strangers,
    survivors,
    dead_peers,
    load,
    compressed_day,
]


@pytest.mark.parametrize(
    "experiment", EXPERIMENTS, ids=lambda module: module.__name__
)
def test_no_promise_breaks(experiment, tmp_path):
    result = experiment.experiment(tmp_path, FEW)
    if result.left_out:
        pytest.skip(result.left_out)
    assert result.violations == []
    assert result.times > 0
