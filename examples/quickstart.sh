#!/bin/bash
# The whole of it in one command: ./examples/quickstart.sh [--keep] [--claude]
#
# On a bare Debian 12 or 13, as root or with sudo: installs what the build and
# the run need, builds, makes an instance in a folder of its own, starts nginx
# and spawn-fcgi on loopback as an ordinary user would, and takes the example
# list through over HTTPS with curl. Nothing is left running, unless --keep.
# A real Claude Code is used after a yes at the terminal, or with --claude.
#
# It runs in two parts: the first installs and builds; the second, as an
# ordinary account, is the tour.
set -eu
# cd would look there first, and say what it took.
unset CDPATH

packages="
autoconf automake pkg-config gcc make libc6-dev
libfcgi-dev libcurl4-openssl-dev libjson-c-dev libyaml-dev
libcmark-dev libsodium-dev libseccomp-dev
nginx-light spawn-fcgi curl openssl jq procps util-linux passwd"

keep=no
claude=ask
here=$(cd "$(dirname "$0")" && pwd)

say() { printf '\n==> %s\n' "$*"; }

die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# patiently LOG COMMAND...: what it says goes to the log; a dot every 2 seconds
# says that it goes on.
patiently() {
	local log=$1 pid
	shift
	"$@" >>"$log" 2>&1 </dev/null &
	pid=$!
	printf '    '
	while kill -0 "$pid" 2>/dev/null; do
		printf .
		sleep 2
	done
	echo
	wait "$pid"
}

# -- part one: install, build, hand over --------------------------------------

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		command -v sudo >/dev/null || die "run this as root, or install sudo"
		sudo "$@"
	fi
}

install_packages() {
	local missing=""
	for package in $packages; do
		case $package in
		nginx-light) [ -x /usr/sbin/nginx ] && continue ;;
		esac
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || missing="$missing $package"
	done
	if [ -z "$missing" ]; then
		say "Everything it needs from Debian is installed."
		return
	fi
	say "Installing from Debian:$missing"
	as_root true # sudo asks for a password here, not behind the dots
	local log
	log=$(mktemp)
	# RUNLEVEL=1: the system's own nginx is not started by this.
	patiently "$log" as_root apt-get update -q &&
		patiently "$log" as_root env DEBIAN_FRONTEND=noninteractive \
			RUNLEVEL=1 apt-get install -y -q \
			--no-install-recommends $missing || {
		tail -n 20 "$log" >&2
		die "apt-get could not install them: the whole of it is in $log"
	}
	rm "$log"
}

# The account that the tour runs as: never root.
choose_account() {
	if [ "$(id -u)" != 0 ]; then
		account=$(id -un)
	elif [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
		account=$SUDO_USER
	else
		account=orchestrator-demo
		if ! id "$account" >/dev/null 2>&1; then
			say "Making the ordinary account $account for the tour"
			useradd --create-home --shell /bin/bash "$account"
		fi
	fi
	home=$(getent passwd "$account" | cut -d: -f6)
	[ "$(id -u)" = 0 ] || home=$HOME
}

# In the home, unless nginx and the agent's command would read a part of its name
# as something else than a name.
make_folder() {
	local place=$home
	case $home in
	*[!A-Za-z0-9/._+@-]*)
		place=/var/tmp
		say "$home has a character that nginx would misread: the instance goes to $place"
		;;
	esac
	folder=$(mktemp -d "$place/orchestrator-quickstart.XXXXXX")
	folder=$(cd -- "$folder" && pwd -P)
}

# Out of a copy, so that the source tree stays as it is, and without what was
# built in it: make would take that for its own.
build() {
	say "Building (the log is $folder/build.log)"
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	tar -C "$here/.." --exclude=.git --exclude=.deps --exclude='*.[oa]' \
		--exclude=./orchestrator --exclude=./Makefile \
		--exclude=./config.h --exclude=./config.status \
		--exclude=./stamp-h1 --exclude=init_texts.c \
		-c . | tar -C "$copy" -x
	mkdir "$copy/build"
	if ! patiently "$folder/build.log" sh -ec "autoreconf -fi '$copy'
		cd '$copy/build'; ../configure; make -j$(nproc)"; then
		tail -n 20 "$folder/build.log" >&2
		die "the build failed: $folder/build.log"
	fi
	mkdir -p "$folder/bin"
	cp "$copy/build/orchestrator" "$folder/bin/"
	rm -rf "$copy"
	trap - EXIT
}

hand_over() {
	cp "$here/quickstart.sh" "$here/demo-agent" "$folder/bin/"
	cp "$here/example-config.yaml" "$folder/config.yaml"
	mkdir -p "$folder/orchestrator_tasks" "$folder/daily_logs" \
		"$folder/nginx" "$folder/tls" "$folder/work"
	cp "$here/example-tasks.md" \
		"$folder/orchestrator_tasks/$(date +%F)-tasks.md"
	cp "$here/example-daily-log.md" "$folder/daily_logs/$(date +%F).md"
	cp -R "$here/../nginx" "$folder/nginx/shipped"
	if [ "$(id -u)" = 0 ]; then
		chown -R "$account:" "$folder"
	fi
}

tour_as_account() {
	local options=()
	[ "$keep" = yes ] && options+=(--keep)
	[ "$claude" = yes ] && options+=(--claude)
	if [ "$(id -un)" = "$account" ]; then
		exec "$folder/bin/quickstart.sh" --tour "$folder" "${options[@]}"
	fi
	cd /
	exec runuser -u "$account" -- env -i HOME="$home" USER="$account" \
		LOGNAME="$account" SHELL=/bin/bash PATH="$PATH" \
		TERM="${TERM:-dumb}" LANG="${LANG:-C.UTF-8}" \
		"$folder/bin/quickstart.sh" --tour "$folder" "${options[@]}"
}

set_up() {
	install_packages
	choose_account
	make_folder
	build
	hand_over
	tour_as_account
}

# -- part two: the tour ---------------------------------------------------------

# A real Claude where there is one, it is wanted, and it answers; else the
# demonstration agent.
choose_agent() {
	local program
	program=$(command -v claude || true)
	agent=$folder/bin/demo-agent
	if [ -z "$program" ]; then
		say "There is no claude on this account's PATH."
	elif ! wants_claude "$program"; then
		say "Claude Code at $program is left alone."
	elif ! (cd "$folder/work" && timeout 90 "$program" -p \
		'Answer with the one word: ready' </dev/null >/dev/null 2>&1); then
		say "Claude Code at $program gives no answer: is it logged in?"
	else
		say "The tasks are done by Claude Code: $program"
		agent=$program
		return
	fi
	echo "    The tasks are done by the demonstration agent instead, a small"
	echo "    script that understands the example list and nothing else."
}

wants_claude() {
	[ "$claude" = ask ] || return 0
	say "There is a Claude Code: $1"
	cat <<-END
	    It can do the example's four small tasks. It would run as
	    $(id -un), in $folder/work, with claude.permissions:
	    $(sed -n 's/^  permissions: //p' "$folder/config.yaml") (--dangerously-skip-permissions): it may run any command
	    that you may, and does not ask before it does. It costs what four
	    short conversations cost.
	END
	if [ ! -t 0 ]; then
		echo "    (no terminal here: --claude says yes to that)"
		return 1
	fi
	[ "$(choose "Use it? [y]es, [n]o:")" = y ]
}

make_secrets() {
	local secret
	secret=$(openssl rand -hex 32)
	(
		umask 077
		printf '%s=%s\n' WEBHOOK_SECRET "$secret" \
			CLAUDE_CLI_PATH "$agent" N8N_NOTIFY_URL \
			"http://127.0.0.1:$notify_port/notify" >"$folder/.env"
		printf 'Authorization: Bearer %s\n' "$secret" \
			>"$folder/tls/authorization"
		openssl req -x509 -newkey ec -nodes -days 30 \
			-pkeyopt ec_paramgen_curve:prime256v1 \
			-subj /CN=localhost -addext subjectAltName=DNS:localhost \
			-keyout "$folder/tls/key.pem" -out "$folder/tls/cert.pem" \
			2>/dev/null
	)
	say "A fresh secret is in .env, a self-signed certificate in tls/"
}

# The name of a socket may have 107 characters, and a home may be a long one.
make_short_place() {
	sockets=$(mktemp -d /tmp/orchestrator.XXXXXX)
	ln -s "$sockets" "$folder/run"
	sed -i "s#^  state_file:.*#&\n  run_dir: \"$sockets\"#" \
		"$folder/config.yaml"
}

# The line that talks to the instance, for us and for who looks at it later.
write_ask() {
	cat >"$folder/bin/ask" <<-END
		#!/bin/sh
		# ask COMMAND [JSON]: POST /webhook/COMMAND; prints the answer.
		json=\$2
		exec curl -sS --max-time 30 --cacert '$folder/tls/cert.pem' \\
		    -H @'$folder/tls/authorization' \\
		    -H 'Content-Type: application/json' -d "\${json:-{\}}" \\
		    "https://localhost:$port/webhook/\$1"
	END
	chmod 755 "$folder/bin/ask"
}

# free_port FROM: prints the first port from there that nobody listens on.
free_port() {
	local port
	for port in $(seq "$1" $(($1 + 99))); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
			{ echo "$port"; return 0; }
	done
	die "no free port between $1 and $(($1 + 99))"
}

# The shipped site, with what an administrator has to fill in, and a server
# that stands in for n8n: it takes notifications and writes them down.
write_nginx_conf() {
	local secret
	secret=$(sed -n 's/^WEBHOOK_SECRET=//p' "$folder/.env")
	cp -R "$folder/nginx/shipped/snippets" "$folder/nginx/"
	(
		umask 077
		printf '"~^(?i:Bearer) +\\Q%s\\E$" 1;\n' "$secret" \
			>"$folder/nginx/snippets/orchestrator-secret.conf"
	)
	sed -e '/listen \[::\]/d' \
		-e "s#listen 80;#listen unix:$sockets/http.sock;#" \
		-e "s#listen 443 #listen 127.0.0.1:$port #" \
		-e 's#server_name .*;#server_name localhost;#' \
		-e "s#ssl_certificate .*;#ssl_certificate $folder/tls/cert.pem;#" \
		-e "s#ssl_certificate_key .*;#ssl_certificate_key $folder/tls/key.pem;#" \
		-e "s#server unix:.*;#server unix:$sockets/fcgi.sock;#" \
		"$folder/nginx/shipped/orchestrator.conf" \
		>"$folder/nginx/orchestrator.conf"
	cat >"$folder/nginx/nginx.conf" <<-END
		pid $folder/nginx/nginx.pid;
		error_log $folder/nginx/error.log;
		events {}
		http {
		    access_log $folder/nginx/access.log;
		    client_body_temp_path $folder/nginx/body;
		    proxy_temp_path $folder/nginx/proxy;
		    fastcgi_temp_path $folder/nginx/fastcgi;
		    uwsgi_temp_path $folder/nginx/uwsgi;
		    scgi_temp_path $folder/nginx/scgi;
		    include $folder/nginx/orchestrator.conf;
		    log_format notification escape=none '\$request_body';
		    server {
		        listen 127.0.0.1:$notify_port;
		        client_body_buffer_size 128k;
		        location = /notify {
		            access_log $folder/notifications.jsonl notification;
		            proxy_pass http://127.0.0.1:$notify_port/taken;
		        }
		        location = /taken { access_log off; return 204; }
		    }
		}
	END
}

check_instance() {
	say "Checking configuration and task list"
	if ! "$folder/bin/orchestrator" -c "$folder/config.yaml" check --tasks \
		"$folder/orchestrator_tasks/$(date +%F)-tasks.md" \
		>"$folder/check.txt"; then
		cat "$folder/check.txt"
		die "configuration or task list has faults"
	fi
	echo "    no faults; what is worth knowing about them is in check.txt"
}

start_servers() {
	say "Starting spawn-fcgi and nginx on https://localhost:$port"
	spawn-fcgi -s "$sockets/fcgi.sock" -M 0600 -P "$folder/spawn-fcgi.pid" \
		-- "$folder/bin/orchestrator" -c "$folder/config.yaml" fcgi \
		>/dev/null
	/usr/sbin/nginx -p "$folder/nginx/" -c "$folder/nginx/nginx.conf" \
		-e "$folder/nginx/error.log"
	local tries=0
	until health >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || die "no answer from /health:
$(tail -n 5 "$folder/nginx/error.log" "$folder"/orchestrator_logs/*.log)"
		sleep 0.2
	done
	health | jq -c .
}

health() {
	curl -sS -f --max-time 30 --cacert "$folder/tls/cert.pem" \
		"https://localhost:$port/health"
}

# post COMMAND [JSON]: POST /webhook/COMMAND; prints the answer.
post() { "$folder/bin/ask" "$@"; }

# tell COMMAND [JSON]: post it, show that, and what was answered.
tell() {
	local answer
	printf '\n$ %s %s %s\n' "$folder/bin/ask" "$1" "'${2:-"{}"}'"
	answer=$(post "$@") || die "no answer to $1"
	jq -r .message <<<"$answer" | sed 's/^/    /'
	[ "$(jq -r .status <<<"$answer")" = ok ]
}

field() { jq -r "$1" <<<"$status"; }

# What was typed before a question was there, whole lines or not, does not
# answer it.
forget_typed() {
	local saved
	saved=$(stty -g)
	stty -icanon -echo
	while read -r -t 0; do read -r -n 1 || break; done
	stty "$saved"
}

# choose QUESTION: one letter from the terminal.
choose() {
	local line
	forget_typed
	printf '\n%s ' "$1" >&2
	read -r line || line=t
	printf '%s' "${line:0:1}"
}

answer_question() {
	local task decision about
	task=$(field .waiting_for.task)
	decision=$(field .decision)
	about=$(printf '{"task":%s,"decision":"%s"}' "$task" "$decision")
	if [ "$(field .waiting_for.kind)" != approval ]; then
		answer_failure "$about"
	elif [ ! -t 0 ]; then
		echo "    (no terminal here: approving by curl)"
		tell approve "$about"
	else
		case $(choose "Run task $task? [y]es, [s]kip, s[t]op:") in
		y) tell approve "$about" ;;
		s) tell skip "$about" ;;
		t) tell stop "$about" ;;
		esac
	fi
}

answer_failure() {
	if [ ! -t 0 ]; then
		echo "    (no terminal here: stopping by curl)"
		tell stop "$1"
		return
	fi
	case $(choose "It did not succeed. [r]etry, [s]kip, s[t]op:") in
	r) tell retry "$1" ;;
	s) tell skip "$1" ;;
	t) tell stop "$1" ;;
	esac
}

# Say what has become of tasks since the last look.
show_progress() {
	local now
	now=$(jq -r '.tasks[] | select(.status != "pending")
		| "    task \(.id) (\(.title)): \(.status)" +
		  (if .status == "completed" and .summary
		   then ": \(.summary)" else "" end) +
		  (if .error then ": \(.error)" else "" end)' \
		"$folder/state.json")
	comm -13 <(sort <<<"$shown") <(sort <<<"$now") | sed '/^$/d'
	shown=$now
}

go_through() {
	shown=
	tell start || die "the list was not started"
	while :; do
		show_progress
		status=$(post status)
		case $(field .status) in
		waiting_approval) answer_question || true ;;
		completed | stopped) break ;;
		null) die "no status: $status" ;;
		esac
		sleep 1
	done
	show_progress
	say "The session is $(field .status)."
}

# What n8n would have been told, once all of it has been delivered.
show_notifications() {
	local tries=0
	until [ "$(post status | jq .undelivered)" = 0 ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 50 ] || die "notifications are not delivered"
		sleep 0.2
	done
	say "Notifications, as n8n would have received them:"
	jq -r '"    \(.event): \(.message | split("\n")[0])"' \
		"$folder/notifications.jsonl"
}

# End what this folder's instance has running, by its own process numbers.
shut_down() {
	local pid pids tries=0 name sockets
	name=$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$folder")
	pids=$(pgrep -f -- "-c $name/config.yaml" || true)
	for pid in $(cat "$folder/nginx/nginx.pid" 2>/dev/null || true) $pids; do
		kill "$pid" 2>/dev/null || true
	done
	while pgrep -f -- "$name/(config.yaml|nginx/nginx.conf)" >/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || die "something of $folder still runs"
		sleep 0.2
	done
	# Nothing but what make_short_place has made.
	sockets=$(readlink "$folder/run" || true)
	[[ ! $sockets =~ ^/tmp/orchestrator\.[A-Za-z0-9]{6}$ ]] ||
		rm -rf "$sockets"
}

# --stop FOLDER, however it is written: processes know it by its full name.
stop() {
	[ -f "$folder/config.yaml" ] && [ -f "$folder/bin/quickstart.sh" ] &&
		folder=$(cd -- "$folder" && pwd -P) ||
		die "$folder is no folder that the quickstart has made"
	shut_down
}

farewell() {
	say "What was made, in $folder:"
	(cd "$folder" && find work -type f | sort | sed 's/^/    /')
	cat <<-END
	    state.json             where the session stands
	    orchestrator_logs/     a log for the day, and one for each task
	    notifications.jsonl    what n8n would have received
	END
	if [ "$keep" = yes ]; then
		say "It is still running, at https://localhost:$port"
		cat <<-END
		    To talk to it, and to end it (a reboot ends it, too):
		    $folder/bin/ask status
		    $folder/bin/ask command '{"command":"/logs 2"}'
		    $folder/bin/quickstart.sh --stop $folder
		END
	fi
	say "Next: a project of your own, at the terminal first"
	cat <<-END
	    $folder/bin/orchestrator init ~/my-project
	    cd ~/my-project
	    $folder/bin/orchestrator doctor
	    $folder/bin/orchestrator run

	    Then on a server, with n8n and Telegram: docs/server.md, docs/n8n.md.
	    When you have seen enough: rm -r $folder
	END
	[ "$(id -un)" != orchestrator-demo ] ||
		echo "    and, as root: userdel -r orchestrator-demo"
}

tour() {
	cd "$folder"
	PATH=$PATH:/usr/sbin:/sbin
	choose_agent
	port=$(free_port 8443)
	notify_port=$(free_port 8543)
	make_secrets
	write_ask
	make_short_place
	trap shut_down EXIT
	trap 'exit 130' INT TERM
	write_nginx_conf
	check_instance
	start_servers
	go_through
	show_notifications
	[ "$keep" = yes ] && trap - EXIT
	farewell
	[ "$(field .status)" = completed ]
}

stage=set_up
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=yes ;;
	--claude) claude=yes ;;
	--tour | --stop)
		[ $# -ge 2 ] || die "$1 wants the folder of an instance"
		stage=${1#--}
		folder=$2
		shift
		;;
	*)
		echo "usage: $0 [--keep] [--claude]" >&2
		exit 2
		;;
	esac
	shift
done
"$stage"
