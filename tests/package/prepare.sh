#!/bin/sh
# prepare.sh - what the package suite needs from the network, fetched once.
#
# Installs the packager's tools and keeps a bootstrapped Debian 12 with systemd
# and everything the package depends on, so that the tests themselves run
# without a network. tests/run.sh calls this before it closes the network off.
#
# The tree lies in ${XDG_CACHE_HOME:-~/.cache}/orchestrator-tests and is only
# ever read: the suite mounts an overlay above it. Its name carries a checksum
# of the list below, so a change of what it holds makes a fresh one. Prints
# the tree's folder as the last line of standard output.
#
# The mirror is the one this machine's own apt uses for Debian.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools="debootstrap systemd-container mandoc man-db lintian debhelper dpkg-dev
	python3-pytest python3-yaml rsync curl iproute2 openssl fakeroot
	nginx-light logrotate buildah crun"
# In the tree: an ordinary server with nginx, and the package's own
# dependencies, since nothing can be fetched once the tests run.
base="systemd,systemd-sysv,dbus,nginx-light,spawn-fcgi,curl,ca-certificates"
base="$base,openssl,tzdata,logrotate,adduser,procps,iproute2,man-db"
base="$base,libfcgi0ldbl,libcurl4,libjson-c5,libyaml-0-2"
base="$base,libcmark0.30.2,libsodium23"

if [ "$(id -u)" -ne 0 ]; then
	echo "prepare.sh: the package suite needs root (debootstrap," \
		"systemd-nspawn): without root it is left out" >&2
	exit 0
fi

missing=
for tool in $tools; do
	dpkg-query -W -f '${db:Status-Status}\n' "$tool" 2>/dev/null |
		grep -q '^installed$' || missing="$missing $tool"
done
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
	apt-get update -qq >&2
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $missing >&2
fi
if [ -f "$here/../../debian/control" ]; then
	(cd "$here/../.." && dpkg-checkbuilddeps 2>/dev/null) ||
		apt-get build-dep -y -qq --no-install-recommends \
			"$(cd "$here/../.." && pwd)" >&2
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/orchestrator-tests
tree=$cache/debian12-$(echo "$base" | cksum | cut -d' ' -f1)
mkdir -p "$cache"

exec 9>"$cache/debian12.lock"
flock 9
if [ ! -d "$tree" ]; then
	sources=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | grep ' bookworm.* main$' | sort -u)
	mirror=$(echo "$sources" | awk '$2 == "bookworm" { print $1; exit }')
	if [ -z "$mirror" ]; then
		echo "prepare.sh: apt on this machine has no source for" \
			"Debian 12 (bookworm main)" >&2
		exit 1
	fi
	new=$cache/debian12.new
	rm -rf --one-file-system "$new"
	debootstrap --variant=minbase --include="$base" bookworm "$new" \
		"$mirror" >"$cache/debootstrap.log" 2>&1 || {
		tail -n 20 "$cache/debootstrap.log" >&2
		exit 1
	}
	# The point release may be behind on security fixes the package asks
	# for by version: bring it up to date, then forget the sources.
	echo "$sources" | sed 's/^/deb /' >"$new/etc/apt/sources.list"
	{
		chroot "$new" apt-get update
		chroot "$new" apt-get -y dist-upgrade
		chroot "$new" apt-get clean
	} >>"$cache/debootstrap.log" 2>&1 </dev/null
	: >"$new/etc/apt/sources.list"
	: >"$new/etc/resolv.conf"
	rm -rf "$new"/var/lib/apt/lists/*
	rm -f "$new/etc/hostname"
	mv "$new" "$tree"
fi
echo "$tree"
