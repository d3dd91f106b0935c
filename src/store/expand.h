/* expand.h - ${NAME} and ${NAME:-default} in a configuration value.
 *
 * A variable is looked up in the process environment, then in .env; the
 * default stands in where it is not set or empty. $${ is a plain ${, any
 * other $ is itself. What a variable holds is not expanded again. */
#ifndef STORE_EXPAND_H
#define STORE_EXPAND_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strvec.h"

/* The value of name, borrowed, or NULL where it is not set. */
const char *expand_lookup(const char *name, const struct strvec *dotenv);

/* Adds text, expanded, to out. Returns 0, or -1 with what is wrong and
 * wanted; a value is never in it. */
int expand_variables(struct buf *out, const char *text,
    const struct strvec *dotenv, struct error *err);

/* Adds text so that expand_variables() gives it back. */
void expand_protect(struct buf *out, const char *text);

#endif
