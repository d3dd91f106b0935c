# Makes the template units (orchestrator@.service and so on) of the plain ones,
# so that there is one text of each to keep right. Run by debian/rules:
#
#	sed -f instance.sed orchestrator.service >orchestrator@.service
#
# An instance NAME has its configuration in /etc/orchestrator/NAME, and its
# state, logs and locks in a folder instances/NAME of the package's own.

s/^Description=.*/& for %i/
s,/etc/orchestrator/,&%i/,
s,^\(State\|Logs\|Runtime\)Directory=orchestrator$,&/instances/%i,
s,/run/orchestrator\.sock,/run/orchestrator@%i.sock,
/^[A-Z][A-Za-z]*=/s/orchestrator\(-supervisor\)\{0,1\}\.\(socket\|service\)/orchestrator\1@%i.\2/g
/^\[Unit\]/a ConditionPathExists=/etc/orchestrator/%i/config.yaml
