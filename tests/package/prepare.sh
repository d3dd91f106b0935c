#!/bin/sh
# prepare.sh [12|13] - what the package suite needs from the network, fetched
# once: a Debian 12 and a Debian 13, or the one that is named.
#
# Installs the packager's tools and keeps two bootstrapped trees with systemd,
# so that the tests themselves run without a network: a Debian 12 that is a
# server with what the package depends on, in which it can be built too where
# this is no Debian 12; and a Debian 13 in which everything can be built and
# tested, by an ordinary account with sudo. tests/run.sh calls this before it
# closes the network off.
#
# A tree lies in ${XDG_CACHE_HOME:-~/.cache}/orchestrator-tests and is only
# ever read: the suite mounts an overlay above it. Its name carries a checksum
# of what it is made of, so a change of that makes a fresh one. Prints each
# tree's folder as the last lines of standard output.
#
# The mirror is the one that this machine's own apt uses for Debian.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/orchestrator-tests
tools="debootstrap systemd-container mandoc man-db lintian debhelper dpkg-dev
	python3-pytest python3-yaml rsync curl iproute2 openssl fakeroot
	nginx-light logrotate buildah crun"
# In both trees: an ordinary server with nginx.
server="systemd systemd-sysv libpam-systemd dbus nginx-light spawn-fcgi curl ca-certificates
	openssl tzdata logrotate adduser procps iproute2 man-db"
# Where everything is built: what tests/run.sh and the packager install.
kit="sudo debhelper build-essential $(sed '/^#/d' "$top/tests/packages.txt" | tr '\n' ' ')"
# What the package itself depends on is what these ask for, whatever a release
# calls it.
development=$(echo "$kit" | tr ' ' '\n' | grep '^lib.*-dev$' |
	grep -vx libc6-dev | sort | tr '\n' ' ')

if [ "$(id -u)" -ne 0 ]; then
	echo "prepare.sh: the package suite needs root (debootstrap," \
		"systemd-nspawn): without root it is left out" >&2
	exit 0
fi

install_tools() {
	missing=
	for tool in $tools; do
		dpkg-query -W -f '${db:Status-Status}\n' "$tool" 2>/dev/null |
			grep -q '^installed$' || missing="$missing $tool"
	done
	if [ -n "$missing" ]; then
		apt-get update -qq >&2
		# shellcheck disable=SC2086
		apt-get install -y -qq --no-install-recommends $missing >&2
	fi
	[ ! -f "$top/debian/control" ] ||
		(cd "$top" && dpkg-checkbuilddeps 2>/dev/null) ||
		apt-get build-dep -y -qq --no-install-recommends "$top" >&2
}

# sources CODENAME: this machine's own, for another release of Debian.
sources() {
	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | sort -u |
		sed -n "s/^\([^ ]*\) $own\([^ ]*\) main\$/\1 $1\2 main/p"
}

# The names that libraries' packages have in the tree's release.
runtime() {
	# shellcheck disable=SC2086
	chroot "$1" apt-cache depends $development |
		sed -n 's/^ *Depends: \(lib.*\)$/\1/p' | grep -v -e '-dev$'
}

# fill TREE PACKAGE...: up to date, with these and the libraries. No service
# starts, and what a power cut would take is made again anyhow.
fill() {
	tree=$1
	shift
	policy=$tree/usr/sbin/policy-rc.d
	fast=$tree/etc/dpkg/dpkg.cfg.d/fast
	echo force-unsafe-io >"$fast" &&
		printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" &&
		chroot "$tree" apt-get update &&
		chroot "$tree" apt-get -y dist-upgrade &&
		libraries=$(runtime "$tree") &&
		chroot "$tree" apt-get install -y -qq --no-install-recommends \
			"$@" $libraries &&
		chroot "$tree" apt-get clean && rm "$policy" "$fast"
}

# make_tree NUMBER CODENAME PACKAGE...: prints its folder.
make_tree() {
	number=$1 codename=$2
	shift 2
	final=$cache/debian$number-$(echo "$@" "$development" | cksum |
		cut -d' ' -f1)
	exec 9>"$cache/debian$number.lock"
	flock 9
	if [ ! -d "$final" ]; then
		log=$cache/debootstrap$number.log
		new=$cache/debian$number.new
		from=$(sources "$codename")
		mirror=$(echo "$from" | awk -v suite="$codename" \
			'$2 == suite { print $1; exit }')
		if [ -z "$mirror" ]; then
			echo "prepare.sh: apt on this machine has no source" \
				"for Debian, so no mirror to take" \
				"$codename from" >&2
			exit 1
		fi
		rm -rf --one-file-system "$new"
		if ! { debootstrap --variant=minbase "$codename" "$new" \
			"$mirror" && echo "$from" | sed 's/^/deb /' \
			>"$new/etc/apt/sources.list" &&
			DEBIAN_FRONTEND=noninteractive fill "$new" "$@"; } \
			>"$log" 2>&1 </dev/null; then
			tail -n 20 "$log" >&2
			exit 1
		fi
		# A test that wants the network is a fault: forget where it is.
		: >"$new/etc/apt/sources.list"
		: >"$new/etc/resolv.conf"
		rm -rf "$new"/var/lib/apt/lists/*
		rm -f "$new/etc/hostname"
		mv "$new" "$final"
	fi
	flock -u 9
	echo "$final"
}

export DEBIAN_FRONTEND=noninteractive
mkdir -p "$cache"
install_tools
# shellcheck disable=SC2086
for release in ${1:-12 13}; do
	case $release in
	12)
		if grep -q '^VERSION_ID="12"' /etc/os-release; then
			make_tree 12 bookworm $server
		else
			make_tree 12 bookworm $server $kit
		fi
		;;
	13) make_tree 13 trixie $server $kit ;;
	*) echo "usage: prepare.sh [12|13]" >&2; exit 2 ;;
	esac
done
