/* notifier.h - the sending child and its supervisor-side handle.
 *
 * libcurl blocks (a black-holed DNS server: 10 s, whatever the timeout), so
 * it lives in a forked child that is handed one delivery at a time and knows
 * nothing but URL, headers and body. When it dies, the delivery has failed
 * and the next one starts another. */
#ifndef ENGINE_NOTIFIER_H
#define ENGINE_NOTIFIER_H

#include "base/error.h"
#include "base/strvec.h"
#include "engine/loop.h"

enum { NOTIFIER_RECEIPT_MAX = 256 };

struct delivery_result {
	int status;                             /* HTTP; 0: no answer */
	int64_t retry_after_ms;                 /* 0: not said */
	char text[256];                         /* why there was no answer */
	char receipt[NOTIFIER_RECEIPT_MAX + 1]; /* JSON; "": none */
};

typedef void notifier_done(void *arg, const struct delivery_result *r);

struct notifier;

struct notifier *notifier_new(struct loop *l, notifier_done *done, void *arg);
/* Ends the child. */
void notifier_release(struct notifier *n);

bool notifier_is_busy(const struct notifier *n);
/* One POST; headers are "Name: value". -1: the child could not be made. */
int notifier_post(struct notifier *n, const char *url,
    const struct strvec *headers, const char *body, struct error *err);

#endif
