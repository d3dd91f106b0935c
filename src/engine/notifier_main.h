/* notifier_main.h - what the sending process runs, and what its call is. */
#ifndef ENGINE_NOTIFIER_MAIN_H
#define ENGINE_NOTIFIER_MAIN_H

#include "engine/notifier.h"

/* In the fresh child of fork(2). fd: our end of the socket pair. */
_Noreturn void notifier_main(int fd, pid_t parent);

/* A CURL trusts what OpenSSL would: libcurl looks at the proxy variables by
 * itself, and not at SSL_CERT_FILE and SSL_CERT_DIR. */
void notifier_trust(void *curl);

#endif
