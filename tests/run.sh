#!/bin/bash
# The one test command:
# ./tests/run.sh [quick [NAME...]|telegram-n8n2|bench|coverage [NAME...]|
#                 fuzz [SECONDS]|faults [NAME...]]
#
# Installs what the tests need (the Debian packages of packages.txt and of
# telegram/packages.txt; Claude Code and n8n go to a cache in
# ~/.cache/orchestrator-tests), builds out of tree with sanitizers and with
# warnings as errors, runs the unit tests and then each pytest suite where
# nothing but loopback can be reached; the one that boots Debians goes on beside
# the others. Ends with one line, `N passed, N failed` (and `, N skipped` where
# something was left out), and a status other than 0 where anything failed.
# `quick` leaves out what takes minutes: the suites with a real n8n and with
# booted Debians, the older Claude, and the cases marked slow; of the integration
# tests it plays those named, where some are (`state` is test_state.py). A case of
# these suites that fails is tried once more, and named as RERUN: real programs on
# a busy machine are now and then late.
#
# `telegram-n8n2` plays the telegram suite, which runs with n8n 1, with an n8n 2,
# and nothing else: installing that takes many minutes, the first time.
#
# `bench` does something else: it measures how fast the program is, beside what
# else there is, and writes the table to tests/bench/RESULTS.md. `fuzz` builds
# with clang, gives each reader of foreign bytes SECONDS (60) of libFuzzer and
# writes what they were fed to tests/fuzz/RESULTS.md; what broke a promise stays
# in the folder that it names. `faults` kills, fails
# and fills up whatever the program stands on (the experiments of tests/faults,
# or those named), and writes what held to tests/faults/RESULTS.md. `coverage`
# runs the unit and the integration tests (or those named: `state` is
# test_state.py) on a build that counts, and writes to tests/coverage/RESULTS.md
# which lines and branches they reach.
#
# Root, or an ordinary account with sudo; it is asked for its password once.
# Interrupted, it ends what it has started and leaves nothing behind.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/orchestrator-tests
packages=$(sed '/^#/d' "$top/tests/packages.txt")
browser=$(sed '/^#/d' "$top/tests/telegram/packages.txt")
quick=no
n8n2=no
bench=no
coverage=no
faults=no
names=()  # of the experiments; none: all
fuzz=   # seconds for each target
options=(--enable-sanitize --enable-werror) # of configure
passed=0
failed=0
skipped=0
root=()   # what makes a command root's
job=      # the process that is waited for
suite=no  # is it a pytest suite?
beside=   # the process of what goes on beside
keeper=   # the one that keeps sudo from asking again
work=     # a folder for the build and all that the tests write

say() { printf '\n== %s\n' "$*"; }

die() {
	printf 'run.sh: %s\n' "$*" >&2
	exit 2
}

usage() {
	echo "usage: tests/run.sh [quick [NAME...]|telegram-n8n2|bench|coverage [NAME...]|fuzz [SECONDS]|faults [NAME...]]" >&2
	exit 2
}

# run COMMAND...: as a job of its own, which an interruption can end.
run() {
	local status
	set -m
	"$@" </dev/null &
	job=$!
	set +m
	wait "$job"
	status=$?
	job=
	return "$status"
}

# A suite gets one SIGINT, so that pytest ends what its cases have started; make
# and the like are ended together with what they run.
end_job() {
	local tries=0
	if [ "$suite" = yes ]; then
		"${root[@]}" kill -INT "$job" 2>/dev/null
	else
		"${root[@]}" kill -TERM -- "-$job" 2>/dev/null
	fi
	while "${root[@]}" kill -0 -- "-$job" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" = 300 ] &&
			"${root[@]}" kill -KILL -- "-$job" 2>/dev/null
		[ "$tries" -gt 310 ] && break
		sleep 0.2
	done
}

# beside COMMAND...: goes on while other things do, until `join`.
beside() {
	set -m
	(
		trap - EXIT
		trap 'trap "" TERM; [ -z "$job" ] || end_job; exit 143' TERM
		passed=0 failed=0 skipped=0
		"$@"
		echo "$passed $failed $skipped" >"$work/beside.count"
	) </dev/null >"$work/beside.log" 2>&1 &
	beside=$!
	set +m
}

# What went on beside has its say, and counts.
join() {
	wait "$beside"
	beside=
	cat "$work/beside.log"
	if [ -s "$work/beside.count" ]; then
		count $(cat "$work/beside.count")
	else
		echo "what went on beside ended early"
		count 0 1
	fi
}

tidy() {
	[ -z "$keeper" ] || kill -- "-$keeper" 2>/dev/null
	keeper=
	[ -z "$work" ] || rm -rf "$work" 2>/dev/null ||
		"${root[@]}" rm -rf --one-file-system "$work"
	work=
}

interrupted() {
	trap '' INT TERM HUP
	[ -z "$beside" ] || kill -TERM "$beside" 2>/dev/null
	[ -z "$job" ] || end_job
	[ -z "$beside" ] || wait "$beside"
	tidy
	echo "run.sh: interrupted" >&2
	exit "$1"
}

is_root() { [ "$(id -u)" = 0 ] || [ "${#root[@]}" -gt 0 ]; }

# become_root WHY: from here on "${root[@]}" is right. Fails where it cannot be.
become_root() {
	is_root && return 0
	command -v sudo >/dev/null || return 1
	if ! sudo -n true 2>/dev/null; then
		say "sudo asks for your password, once, $1"
		sudo -v || return 1
	fi
	root=(sudo -n)
	set -m
	(while sleep 50; do sudo -n -v; done) </dev/null >/dev/null 2>&1 &
	keeper=$!
	set +m
}

# count PASSED FAILED [SKIPPED]: what a suite had to say goes into the closing
# line.
count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + ${3:-0}))
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
	become_root "to install$missing" || die "need root or sudo to install$missing"
	say "installing$missing"
	run "${root[@]}" apt-get update -qq ||
		echo "apt-get update failed; going on with what apt knows"
	# Services must not start on their own: port 80 is none of ours.
	run "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -qq --no-install-recommends $missing ||
		die "cannot install$missing"
}

# What git would put into a commit now, so that a build in the tree, stale or
# not, has no part in it.
copy_tree() {
	local tree=(git -C "$top")
	mkdir -p "$work/src" "$work/build"
	# No repository of ours: an empty one knows what .gitignore leaves out.
	if ! "${tree[@]}" rev-parse --git-dir >/dev/null 2>&1; then
		git init -q --bare "$work/empty.git" || return 1
		tree+=(--git-dir="$work/empty.git" --work-tree="$top")
	fi
	"${tree[@]}" ls-files -z -co --exclude-standard |
		(cd "$top" && xargs -0 ls -d 2>/dev/null) |
		tar -C "$top" -c --no-recursion -T - |
		tar -C "$work/src" -x
}

build() {
	say "building with ${options[*]}"
	copy_tree
	run autoreconf -fi "$work/src" >"$work/autoreconf.log" 2>&1 ||
		{ tail -n 40 "$work/autoreconf.log"; return 1; }
	run env -C "$work/build" "$work/src/configure" "${options[@]}" \
		>"$work/configure.log" 2>&1 ||
		{ tail -n 40 "$work/configure.log"; return 1; }
	run make -C "$work/build" -j"$(nproc)" >"$work/make.log" 2>&1 ||
		{ grep -E 'error|warning|\*\*\*' "$work/make.log" || tail -n 40 \
			"$work/make.log"; return 1; }
	[ -x "$work/build/orchestrator" ]
}

# Check prints `NN%: Checks: N, Failures: N, Errors: N` for each program; one
# that has no such line did not get that far, and counts as a failure.
unit_tests() {
	say "unit tests"
	run make -C "$work/build" -j"$(nproc)" check >"$work/check.log" 2>&1
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

# Sets only to what chooses those of names, where there are some.
only_named() {
	local words
	[ "${#names[@]}" = 0 ] && return
	words=$(printf ' or test_%s.py' "${names[@]}")
	only=(-k "${words# or }")
}

# pytest_suite NAME SECONDS [ARGUMENT...]: a suite that dies, hangs or has no
# case at all counts as one failure more. It runs where only loopback exists,
# as the account that we are; the package suite as root.
pytest_suite() {
	local name=$1 limit=$2 xml="$work/$1.xml" status
	local up='ip link set lo up && exec "$@"' alone
	shift 2
	say "$name"
	alone=(unshare -n sh -c "$up" sh)
	if [ "$name" = package ]; then
		alone=("${root[@]}" "${alone[@]}")
	elif [ "$(id -u)" != 0 ]; then
		alone=(unshare -cn --keep-caps sh -c "$up" sh setpriv
			--inh-caps=-all --ambient-caps=-all)
	fi
	suite=yes
	run "${alone[@]}" timeout --foreground -s INT -k 60 "$limit" \
		env -C "$work/src" ORCHESTRATOR_BIN="$work/build/orchestrator" \
		ORCHESTRATOR_BUILD="$work/build" ORCHESTRATOR_SOURCE="$work/src" \
		PYTHONDONTWRITEBYTECODE=1 XDG_CACHE_HOME="${cache%/*}" \
		/usr/bin/python3 -m pytest -p no:cacheprovider -q -raR \
		--reruns 1 --timeout=300 --basetemp="$work/tmp-$name" \
		--junitxml="$xml" "$@" "tests/$name"
	status=$?
	suite=no
	if [ -s "$xml" ]; then
		count $(/usr/bin/python3 - "$xml" <<-'PYTHON'
			import sys
			import xml.etree.ElementTree as tree
			suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
			number = lambda key: sum(int(s.get(key, 0)) for s in suites)
			bad = number("failures") + number("errors")
			out = number("skipped")
			print(max(0, number("tests") - bad - out), bad, out)
		PYTHON
		)
	fi
	case $status in
	0) ;;
	1) [ -s "$xml" ] || count 0 1 ;;
	*) echo "$name: pytest ended with status $status"; count 0 1 ;;
	esac
}

# tabled NAME [ARGUMENT...]: alone, as a suite is, the package tests/NAME; its
# table goes into the tree.
tabled() {
	local name=$1 up='ip link set lo up && exec "$@"' alone status
	shift
	alone=(unshare -n sh -c "$up" sh)
	[ "$(id -u)" = 0 ] || alone=(unshare -rn sh -c "$up" sh)
	suite=yes
	run "${alone[@]}" env -C "$work/src" TMPDIR="$work" \
		ORCHESTRATOR_BIN="$work/build/orchestrator" \
		ORCHESTRATOR_BUILD="$work/build" ORCHESTRATOR_SOURCE="$work/src" \
		PYTHONPATH=tests PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 -m "$name" "$work/RESULTS.md" "$@"
	status=$?
	suite=no
	[ -s "$work/RESULTS.md" ] &&
		cp "$work/RESULTS.md" "$top/tests/$name/RESULTS.md"
	return "$status"
}

bench() {
	say "measuring: some minutes"
	tabled bench
}

faults() {
	say "breaking what can be broken: many minutes"
	tabled faults "${names[@]}"
}

# The files of the counters are there before the tests, so that whoever a case
# runs the program as may write to them. What looks at the build itself, or at
# how fast it is, has nothing to say of this one.
coverage() {
	local left_out=(test_house.py test_make.py test_speed.py) only=()
	only_named
	export CK_TIMEOUT_MULTIPLIER=5 # counting takes its time
	"$work/build/orchestrator" --version >/dev/null
	find "$work/build" -name '*.gcda' -exec chmod a+rw {} +
	unit_tests
	fetch
	pytest_suite integration 5400 \
		"${left_out[@]/#/--ignore=tests/integration/}" \
		"${only[@]}"
	say "counting what was reached"
	tabled coverage "${names[@]}" || count 0 1
}

fuzz() {
	say "fuzzing, $fuzz seconds each"
	copy_tree
	run autoreconf -fi "$work/src" >"$work/autoreconf.log" 2>&1 ||
		{ tail -n 40 "$work/autoreconf.log"; return 1; }
	tabled fuzz "$work/fuzz" "$fuzz" && return 0
	mv "$work/fuzz/findings" "$top/fuzz-findings" &&
		echo "the inputs are in fuzz-findings/" >&2
	return 1
}

# What a suite needs from the network is fetched before the network is gone.
fetch() {
	local suite
	say "fetching what the tests run against"
	for suite in claude suites; do
		fetch_by env PYTHONDONTWRITEBYTECODE=1 \
			PYTHONPATH="$work/src/tests" \
			/usr/bin/python3 -m "harness.$suite" || {
			echo "cannot fetch"
			count 0 1
			return 1
		}
	done
}

# fetch_n8n [2]: many minutes, the first time.
fetch_n8n() {
	fetch_by "$work/src/tests/telegram/prepare.sh" "$@" || {
		echo "cannot fetch n8n"
		count 0 1
		return 1
	}
}

fetch_by() {
	local log
	log=$(mktemp "$work/fetched.XXXXXX")
	run env XDG_CACHE_HOME="${cache%/*}" "$@" >"$log" || {
		echo "failed: $*"
		tail -n 40 "$log"
		return 1
	}
}

# Bootstrapping a Debian is root's work.
package_suite() {
	fetch_by "${root[@]}" env XDG_CACHE_HOME="${cache%/*}" \
		"$work/src/tests/package/prepare.sh" ||
		{ echo "cannot fetch the Debians"; count 0 1; }
	pytest_suite package 3600
}

run_suites() {
	local marks=() only=()
	only_named
	fetch
	if [ "$n8n2" = yes ]; then
		fetch_n8n 2 && ORCHESTRATOR_N8N=2 pytest_suite telegram 2100
		return
	fi
	if [ "$quick" = yes ]; then
		marks=(-m "not slow")
	elif is_root; then
		beside package_suite
	else
		say "package: left out, it needs root or sudo"
		count 0 0 1
	fi
	unit_tests
	pytest_suite integration 3600 "${marks[@]}" "${only[@]}"
	[ "$quick" = yes ] && return
	fetch_n8n
	pytest_suite telegram 1500
	[ -z "$beside" ] || join
}

case "$#:${1-}" in
0:) packages="$packages $browser" ;;
*:quick)
	quick=yes
	names=("${@:2}")
	;;
1:telegram-n8n2)
	n8n2=yes
	packages="$packages $browser"
	;;
1:bench)
	bench=yes
	packages="$packages $(sed '/^#/d' "$top/tests/bench/packages.txt")"
	options=(CFLAGS="-O2 -g")
	;;
*:coverage)
	coverage=yes
	names=("${@:2}")
	quick=yes # neither n8n nor a Debian is fetched
	;;
*:faults)
	faults=yes
	names=("${@:2}")
	options=(CFLAGS="-O2 -g")
	;;
1:fuzz | 2:fuzz)
	fuzz=${2-60}
	[[ $fuzz =~ ^[1-9][0-9]{0,5}$ ]] || usage
	packages="$packages clang libclang-rt-dev"
	;;
*) usage ;;
esac
umask 022
trap tidy EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM
trap 'interrupted 129' HUP
[ "$quick$n8n2$bench$faults$fuzz" != nononono ] || become_root "to boot Debians in containers" ||
	echo "the package suite is left out: it needs root or sudo"
install_packages
work=$(mktemp -d "${TMPDIR:-/tmp}/orchestrator-test.XXXXXX") || exit 2
chmod 755 "$work" # another account runs the agent in some cases
mkdir -p "$cache" # ours, before root's part of the work puts Debians there

if [ -n "$fuzz" ]; then
	fuzz
	status=$?
	tidy
	exit "$status"
elif [ "$bench$faults" != nono ]; then
	build && if [ "$bench" = yes ]; then bench; else faults; fi
	status=$?
	tidy
	exit "$status"
elif [ "$coverage" = yes ]; then
	leave="-include $work/src/tests/coverage/leave.h"
	options=(CFLAGS="-O0 -g --coverage $leave")
	if build; then coverage; else count 0 1; fi
elif build; then
	run_suites
else
	echo "the build failed"
	count 0 1
fi
tidy
printf '\n%d passed, %d failed' "$passed" "$failed"
[ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
printf '\n'
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
