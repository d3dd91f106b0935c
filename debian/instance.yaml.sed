# Makes /usr/share/orchestrator/instance.yaml, what the config.yaml of a further
# instance starts from, of the package's config.yaml. Who makes an instance
# replaces @NAME@; see docs/instances.md.

s,^#	orchestrator check && .*,#	orchestrator -c /etc/orchestrator/@NAME@/config.yaml check \&\&\
#	    systemctl reload orchestrator@@NAME@,
s,\(/var/lib\|/var/log\|/run\)/orchestrator\(/\|$\),\1/orchestrator/instances/@NAME@\2,
s,/run/orchestrator\.sock,/run/orchestrator@@NAME@.sock,
s,orchestrator\(-supervisor\)\{0\,1\}\.\(socket\|service\),orchestrator\1@@NAME@.\2,
