#!/bin/sh
# prepare.sh [1|2]: install the pinned n8n 1 (or 2) into the cache of the test
# suite, outside the tree.
#
# The first run takes several minutes and needs the npm registry; later ones
# end at once. tests/run.sh calls this before it closes the network. The folder
# appears under its final name only when it is complete, so an install that was
# cut off is begun again and two at a time do not disturb each other.
#
# n8n gets a Node.js of its own, from the registry too: Debian 12's is older
# than n8n allows, and sqlite3 is compiled here against the headers that come
# with it. Prints the folder; everything else goes to standard error.
set -eu

case ${1-1} in
1) n8n=1.123.81 node=20.19.5 ;;
2) n8n=2.41.1 node=24.21.0 ;;
*)
	echo "usage: prepare.sh [1|2]" >&2
	exit 2
	;;
esac
npm=10.9.3
cache=${ORCHESTRATOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/orchestrator-tests}
final=$cache/n8n-$n8n

die() {
	echo "prepare: $*" >&2
	exit 1
}

machine() {
	case $(uname -m) in
	x86_64) echo x64 ;;
	aarch64) echo arm64 ;;
	*) die "there is no Node.js in the registry for '$(uname -m)'" ;;
	esac
}

check_tools() {
	for tool in npm python3 make g++; do
		command -v "$tool" >/dev/null || die "cannot find '$tool'"
	done
}

# Node.js and npm for what follows, in DIR/tools.
install_tools() {
	npm install --prefix "$1/tools" --ignore-scripts --no-audit --no-fund \
		--loglevel=error "node-linux-$(machine)@$node" "npm@$npm" >&2
	npm_config_nodedir=$1/tools/node_modules/node-linux-$(machine)
	export npm_config_nodedir
	PATH=$npm_config_nodedir/bin:$1/tools/node_modules/.bin:$PATH
	[ "$(node --version)" = "v$node" ] || die "the pinned node does not start"
}

# xlsx: n8n names an address outside the registry for it.
write_manifest() {
	cat >package.json <<-END
	{
	  "name": "orchestrator-tests-n8n",
	  "private": true,
	  "dependencies": { "n8n": "$n8n" },
	  "overrides": { "xlsx": "0.18.5" }
	}
	END
}

install_into() {
	install_tools "$1"
	cd "$1"
	write_manifest
	npm install --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	npm rebuild sqlite3 --loglevel=error >&2
	node -e 'require("sqlite3")' || die "sqlite3 was built but does not load"
	ln -s "${npm_config_nodedir#"$1"/}/bin/node" node
	./node node_modules/n8n/bin/n8n --version >&2 || die "n8n does not start"
}

if [ ! -e "$final/.complete" ]; then
	check_tools
	mkdir -p "$cache"
	temp=$(mktemp -d "$cache/n8n-$n8n.XXXXXX")
	trap 'rm -rf "$temp"' EXIT
	trap 'exit 1' HUP INT TERM
	echo "prepare: installing n8n $n8n, several minutes" >&2
	(install_into "$temp")
	chmod 755 "$temp"
	touch "$temp/.complete"
	[ -e "$final/.complete" ] || rm -rf "$final"
	mv -T "$temp" "$final" 2>/dev/null ||
	    [ -e "$final/.complete" ] ||
	    die "cannot move the install to '$final'"
fi
echo "$final"
