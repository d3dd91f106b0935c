"""Makes tests/harness importable and its fixtures known to every suite."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

pytest_plugins = ["harness.fixtures"]
