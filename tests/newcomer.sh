#!/bin/bash
# newcomer.sh 12|13 [FOLDER] - README's two commands, as a stranger's machine
# answers them: a Debian of that number with nothing but debootstrap's minbase,
# sudo and git; in it an ordinary account with sudo, which clones this
# repository's HEAD and calls ./examples/quickstart.sh and ./tests/run.sh, with
# nothing cached.
#
# Takes an hour, and is played by hand before a release; root only. What
# the two commands print stays in FOLDER (a new one in /var/tmp), and the last
# lines say for each its seconds and its status. It exits with 0 where both did.
#
# The tree is a machine of its own as far as files, processes and mounts go; it
# uses the host's network, mirror of Debian and certificates.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
12) codename=bookworm ;;
13) codename=trixie ;;
*)
	echo "usage: tests/newcomer.sh 12|13 [FOLDER]" >&2
	exit 2
	;;
esac
for tool in debootstrap git npm unshare; do
	command -v "$tool" >/dev/null || {
		echo "newcomer.sh: there is no $tool: apt install it" >&2
		exit 2
	}
done
[ "$(id -u)" = 0 ] || {
	echo "newcomer.sh: only root can bootstrap a Debian" >&2
	exit 2
}
folder=${2:-$(mktemp -d "/var/tmp/newcomer$1.XXXXXX")}
tree=$folder/tree
mkdir -p "$folder"

# sources: the host's own, for that release.
sources() {
	local own
	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | sort -u |
		sed -n "s/^\([^ ]*\) $own\([^ ]*\) main\$/deb \1 $codename\2 main/p"
}

# How the host reaches its registries: nothing else of it is brought along.
bring_the_network() {
	local registry
	registry=$(npm config get registry) &&
		cp /etc/resolv.conf /etc/hosts "$tree/etc/" &&
		sources >"$tree/etc/apt/sources.list" &&
		mkdir -p "$tree/usr/local/share/ca-certificates" &&
		cp -r /usr/local/share/ca-certificates/. \
			"$tree/usr/local/share/ca-certificates/" &&
		chroot "$tree" update-ca-certificates &&
		printf 'registry=%s\ncafile=%s\n' "$registry" \
			/etc/ssl/certs/ca-certificates.crt >"$tree/etc/npmrc" &&
		cp "$tree/etc/npmrc" "$tree/home/ada/.npmrc"
}

bootstrap() {
	local mirror
	mirror=$(sources | awk -v suite="$codename" \
		'$3 == suite { print $2; exit }') &&
		debootstrap --variant=minbase \
			--include=sudo,git,ca-certificates "$codename" \
			"$tree" "$mirror" &&
		chroot "$tree" useradd -m -s /bin/bash ada &&
		echo 'ada ALL=(ALL) NOPASSWD: ALL' >"$tree/etc/sudoers.d/ada" &&
		git clone -q --bare "$top" "$tree/home/ada/origin.git" &&
		bring_the_network &&
		chroot "$tree" chown -R ada: /home/ada
}

# as_ada COMMAND: in a checkout, on a machine that is only this tree.
as_ada() {
	# shellcheck disable=SC2016
	unshare -mp --kill-child --propagation private sh -c '
		mount --bind "$1" "$1" && cd "$1" && mkdir -p .old &&
		mount -t proc proc proc && mount --rbind /sys sys &&
		mount --rbind /dev dev && mount -t tmpfs tmpfs run &&
		pivot_root . .old && umount -l /.old && cd / &&
		exec su - ada -c "$2"' sh "$tree" "$1" </dev/null
}

# timed NAME COMMAND
timed() {
	local start=$SECONDS status=0
	as_ada "$2" >"$folder/$1.log" 2>&1 || status=$?
	printf '%s: status %s, %d s; %s\n' "$2" "$status" $((SECONDS - start)) \
		"$(tail -n 1 "$folder/$1.log")" | tee -a "$folder/result"
	return "$status"
}

bootstrap >"$folder/bootstrap.log" 2>&1 || {
	tail -n 20 "$folder/bootstrap.log" >&2
	exit 1
}
as_ada 'git clone -q origin.git orchestrator' >"$folder/clone.log" 2>&1
failed=0
timed quickstart 'cd orchestrator && ./examples/quickstart.sh' || failed=1
timed tests 'cd orchestrator && ./tests/run.sh' || failed=1
[ "$failed" = 1 ] || rm -rf --one-file-system "$tree"
echo "$folder"
exit "$failed"
