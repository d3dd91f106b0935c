"""How fast it is, beside what else there is: `tests/run.sh bench`."""
