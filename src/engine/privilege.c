/* privilege.c - capabilities, no_new_privs, the system call filter. */
#include "engine/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel or the library does not know is passed over. */
static const char *const refused[] = {
	/* other programs */
	"execve",
	"execveat",
/* LeakSanitizer looks at its own threads with it. */
#ifndef __SANITIZE_ADDRESS__
	"ptrace",
#endif
	"process_vm_readv",
	"process_vm_writev",
	"kcmp",
	"pidfd_getfd",
	/* other accounts and rights */
	"setuid",
	"setuid32",
	"setgid",
	"setgid32",
	"setreuid",
	"setreuid32",
	"setregid",
	"setregid32",
	"setresuid",
	"setresuid32",
	"setresgid",
	"setresgid32",
	"setfsuid",
	"setfsuid32",
	"setfsgid",
	"setfsgid32",
	"setgroups",
	"setgroups32",
	"capset",
	/* other views of the machine */
	"unshare",
	"setns",
	"chroot",
	"pivot_root",
	"mount",
	"umount",
	"umount2",
	"open_tree",
	"move_mount",
	"fsopen",
	"fsmount",
	"open_by_handle_at",
	/* the kernel */
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"io_uring_setup",
	"add_key",
	"request_key",
	"keyctl",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"acct",
	"settimeofday",
	"clock_settime",
	"iopl",
	"ioperm",
};

void privilege_harden(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &core);
	}
	prctl(PR_SET_DUMPABLE, 0UL);
}

void privilege_empty_bounding_set(void)
{
	for (unsigned long cap = 0; cap <= CAP_LAST_CAP + 32UL; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0UL, 0UL, 0UL) != 0)
			break;
}

/* Where there is nothing to give up, capset(2) is not asked: a unit that starts
 * us without any capability refuses the call as well. */
int privilege_drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3];

	prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL,
	    0UL);
	if (syscall(SYS_capget, &head, now) == 0 &&
	    memcmp(now, none, sizeof(now)) == 0)
		return 0;
	return (int)syscall(SYS_capset, &head, none);
}

int privilege_confine(struct error *err)
{
	scmp_filter_ctx filter;
	int rc;

	privilege_empty_bounding_set();
	if (privilege_drop_capabilities() != 0)
		return error_errno(err, "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
		return error_errno(err, "cannot give up new privileges");
	filter = seccomp_init(SCMP_ACT_ALLOW);
	rc = filter == NULL ? -ENOMEM : 0;
	for (size_t i = 0; i < ARRAY_SIZE(refused) && rc == 0; i++) {
		int call = seccomp_syscall_resolve_name(refused[i]);

		/* Those that this architecture lacks are negative. */
		if (call >= 0)
			rc = seccomp_rule_add(
			    filter, SCMP_ACT_ERRNO(EPERM), call, 0);
	}
	if (rc == 0)
		rc = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	if (rc == 0)
		return 0;
	errno = -rc;
	return error_errno(err, "cannot load the filter of system calls");
}
