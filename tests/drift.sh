#!/bin/bash
# Does another release of Claude Code speak as we know it?
#
#     ./tests/drift.sh VERSION [--write]
#
# Installs it beside the others (npm, once), lets it play a scripted session
# where only loopback can be reached, and compares the types of line and the
# fields that it prints with tests/fixtures/claude-lines-VERSION.txt, or with
# the newest release that is covered where that is not there: one line for each
# that is new or gone, exit 1 where there is any. --write makes what it prints
# what is known of it.
set -eu

[ $# -ge 1 ] || { echo "usage: tests/drift.sh VERSION [--write]" >&2; exit 2; }
cd "$(dirname "$0")"
export PYTHONDONTWRITEBYTECODE=1
python3 -m harness.claude "$1" >/dev/null
if [ "$(id -u)" = 0 ]; then
	exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
		python3 -m harness.drift "$@"
fi
exec unshare -cn --keep-caps sh -c 'ip link set lo up && exec "$@"' sh \
	python3 -m harness.drift "$@"
