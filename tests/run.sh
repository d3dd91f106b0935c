#!/bin/bash
# The one test command: ./tests/run.sh [quick]
#
# Installs what the tests need (Debian packages; Claude Code and n8n go to a
# cache in ~/.cache/orchestrator-tests), builds out of tree with sanitizers and
# with warnings as errors, runs the unit tests and then each pytest suite where
# nothing but loopback can be reached. Ends with one line, `N passed, N failed`,
# and a status other than 0 where anything failed. `quick` leaves out what
# takes minutes: the suites with a real n8n and with a booted Debian, and the
# cases marked slow.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/orchestrator-tests
quick=no
passed=0
failed=0

packages="
autoconf automake pkg-config gcc g++ make libc6-dev
libfcgi-dev libcurl4-openssl-dev libjson-c-dev libyaml-dev check
libcmark-dev libsodium-dev 
nginx-light spawn-fcgi curl openssl jq iproute2 util-linux procps passwd
python3 python3-pytest python3-pytest-timeout python3-yaml g++
nodejs npm clang-format"

say() { printf '\n== %s\n' "$*"; }

die() {
	printf 'run.sh: %s\n' "$*" >&2
	exit 2
}

usage() {
	echo "usage: tests/run.sh [quick]" >&2
	exit 2
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		command -v sudo >/dev/null || die "need root or sudo for: $*"
		sudo "$@"
	fi
}

# count PASSED FAILED: what a suite had to say goes into the closing line.
count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
}

installed() {
	case $1 in
	# Any nginx, node and npm will do, whoever packed them.
	nginx-light) [ -x /usr/sbin/nginx ] ;;
	nodejs) command -v node >/dev/null ;;
	npm) command -v npm >/dev/null ;;
	*) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
		grep -qx installed ;;
	esac
}

install_packages() {
	local missing=""
	for package in $packages; do
		installed "$package" || missing="$missing $package"
	done
	[ -z "$missing" ] && return 0
	say "installing$missing"
	as_root apt-get update -qq </dev/null ||
		echo "apt-get update failed; going on with what apt knows"
	# Services must not start on their own: port 80 is none of ours.
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -qq --no-install-recommends $missing \
		</dev/null || die "cannot install$missing"
}

# What git would put into a commit now, so that a build in the tree, stale or
# not, has no part in it.
copy_tree() {
	mkdir -p "$work/src" "$work/build"
	if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$top" ls-files -z -co --exclude-standard |
			(cd "$top" && xargs -0 ls -d 2>/dev/null) |
			tar -C "$top" -c --no-recursion -T - |
			tar -C "$work/src" -x
	else
		tar -C "$top" --exclude=.git -c . | tar -C "$work/src" -x
	fi
}

build() {
	say "building with sanitizers, warnings are errors"
	copy_tree
	(cd "$work/src" && autoreconf -fi) >"$work/autoreconf.log" 2>&1 ||
		{ tail -n 40 "$work/autoreconf.log"; return 1; }
	(cd "$work/build" && "$work/src/configure" --enable-sanitize \
		--enable-werror) >"$work/configure.log" 2>&1 ||
		{ tail -n 40 "$work/configure.log"; return 1; }
	make -C "$work/build" -j"$(nproc)" >"$work/make.log" 2>&1 ||
		{ grep -E 'error|warning|\*\*\*' "$work/make.log" || tail -n 40 \
			"$work/make.log"; return 1; }
	[ -x "$work/build/orchestrator" ]
}

# Check prints `NN%: Checks: N, Failures: N, Errors: N` for each program; one
# that has no such line did not get that far, and counts as a failure.
unit_tests() {
	say "unit tests"
	make -C "$work/build" -j"$(nproc)" check >"$work/check.log" 2>&1
	local status=$? before=$failed programs=0
	local log line all bad
	while IFS= read -r log; do
		programs=$((programs + 1))
		line=$(grep -E 'Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' \
			"$log" | tail -n 1)
		if [ -z "$line" ]; then
			echo "$(basename "$log" .log): ended early"
			tail -n 20 "$log"
			count 0 1
			continue
		fi
		set -- $(tr -cs '0-9' ' ' <<<"${line#*%}")
		all=$1 bad=$(($2 + $3))
		[ "$bad" = 0 ] || grep -E -A 9 ':[FE]:' "$log"
		count $((all - bad)) "$bad"
		# All cases passed, and yet it failed: a leak, say.
		if [ "$bad" = 0 ] && ! grep -q '^:test-result: PASS' \
			"${log%.log}.trs" 2>/dev/null; then
			echo "$(basename "$log" .log): passed, but ended badly"
			tail -n 30 "$log"
			count 0 1
		fi
	done < <(find "$work/build" -name 'test_*.log' | sort)
	if [ "$programs" = 0 ]; then
		tail -n 40 "$work/check.log"
		count 0 1
	elif [ "$status" != 0 ] && [ "$failed" = "$before" ]; then
		tail -n 40 "$work/check.log"
		count 0 1
	fi
	echo "$programs programs"
}

# offline ACCOUNT COMMAND...: run it where only loopback exists, as "root" or
# as the account that we are.
offline() {
	local account=$1
	shift
	if [ "$account" = root ] || [ "$(id -u)" = 0 ]; then
		as_root unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$@"
	else
		unshare -cn --keep-caps sh -c 'ip link set lo up &&
			exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' \
			sh "$@"
	fi
}

# pytest_suite NAME SECONDS [ARGUMENT...]: a suite that dies, hangs or has no
# case at all counts as one failure more.
pytest_suite() {
	local name=$1 limit=$2 xml="$work/$1.xml" status account=own
	shift 2
	say "$name"
	[ "$name" = package ] && account=root
	(cd "$work/src" && offline "$account" timeout -k 30 "$limit" \
		env ORCHESTRATOR_BIN="$work/build/orchestrator" \
		ORCHESTRATOR_BUILD="$work/build" ORCHESTRATOR_SOURCE="$work/src" \
		PYTHONDONTWRITEBYTECODE=1 XDG_CACHE_HOME="${cache%/*}" \
		/usr/bin/python3 -m pytest -p no:cacheprovider -q -ra \
		--timeout=300 --basetemp="$work/tmp-$name" \
		--junitxml="$xml" "$@" "tests/$name") </dev/null
	status=$?
	if [ -s "$xml" ]; then
		count $(/usr/bin/python3 - "$xml" <<-'PYTHON'
			import sys
			import xml.etree.ElementTree as tree
			suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
			number = lambda key: sum(int(s.get(key, 0)) for s in suites)
			bad = number("failures") + number("errors")
			print(max(0, number("tests") - bad - number("skipped")), bad)
		PYTHON
		)
	fi
	case $status in
	0) ;;
	1) [ -s "$xml" ] || count 0 1 ;;
	*) echo "$name: pytest ended with status $status"; count 0 1 ;;
	esac
}

# What a suite needs from the network is fetched before the network is gone.
fetch() {
	say "fetching what the tests run against"
	mkdir -p "$cache"
	(cd "$work/src/tests" && PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 -m harness.claude) || return 1
	[ "$quick" = yes ] && return 0
	local failures=0
	prepare telegram/prepare.sh || failures=1
	prepare package/prepare.sh || failures=1
	return "$failures"
}

# prepare SCRIPT: let a suite fetch what it needs.
prepare() {
	local runner=()
	# Bootstrapping a Debian is root's work.
	[ "${1%%/*}" = package ] && runner=(as_root)
	"${runner[@]}" env XDG_CACHE_HOME="${cache%/*}" "$work/src/tests/$1" \
		</dev/null >"$work/prepare.log" || {
		echo "$1 failed"
		tail -n 40 "$work/prepare.log"
		return 1
	}
}

run_suites() {
	local marks=()
	[ "$quick" = yes ] && marks=(-m "not slow")
	unit_tests
	fetch || { echo "cannot fetch"; count 0 1; }
	pytest_suite integration 1500 "${marks[@]}"
	[ "$quick" = yes ] && return
	[ -d "$work/src/tests/telegram" ] && pytest_suite telegram 900
	[ -d "$work/src/tests/package" ] && pytest_suite package 1200
}

case $# in
0) ;;
1) [ "$1" = quick ] || usage; quick=yes ;;
*) usage ;;
esac
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/orchestrator-test.XXXXXX") || exit 2
chmod 755 "$work" # another account runs the agent in some cases
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

install_packages
if build; then
	run_suites
else
	echo "the build failed"
	count 0 1
fi
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
