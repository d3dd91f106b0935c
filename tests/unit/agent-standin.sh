#!/bin/sh
# agent-standin.sh - a Claude that does what its prompt says: the prompt is
# shell, with these words for what goes to standard output.
init() { echo '{"type":"system","subtype":"init","model":"stand-in"}'; }
say() {
	printf '{"type":"assistant","message":{"content":'
	printf '[{"type":"text","text":"%s"}]}}\n' "$1"
}
tool() {
	printf '{"type":"assistant","message":{"content":[{"type":"tool_use",'
	printf '"id":"t1","name":"Bash","input":{"command":"%s"}}]}}\n' "$1"
}
# result TEXT [MORE]
result() {
	printf '{"type":"result","subtype":"success","is_error":false,'
	printf '"num_turns":2,"total_cost_usd":0.5,"permission_denials":[],'
	printf '"result":"%s"%s}\n' "$1" "$2"
}
gone() {
	printf '{"type":"result","subtype":"error_during_execution",'
	printf '"is_error":true,"num_turns":0,"errors":'
	printf '["No conversation found with session ID: %s"]}\n' "$1"
	exit 1
}
arguments=$*
case "$arguments" in *"--resume gone "*) gone gone ;; esac
eval "$(cat)"
