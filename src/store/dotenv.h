/* dotenv.h - .env, where the secrets are.
 *
 * As npm's dotenv: NAME=value, "export NAME=value", blank lines and # comments;
 * a value as it stands up to a blank and a #, or in single quotes or backquotes
 * (nothing is special), or in double quotes (\n \r are); in quotes it may go
 * over several lines. Stricter where dotenv guesses: orchestrator.yaml(5) says
 * where. Nothing is expanded.
 * No fault ever repeats a value. */
#ifndef STORE_DOTENV_H
#define STORE_DOTENV_H

#include "base/faults.h"
#include "base/strvec.h"

enum { DOTENV_MAX_BYTES = 64 * 1024 };

/* Adds NAME=value strings to out. Returns 0, or -1 when f has at least one
 * fault more; name stands for the file in it. */
int dotenv_parse(struct strvec *out, const char *name, const char *text,
    size_t len, struct faults *f);

/* The same from a file; none there is no fault. Warns where every account of
 * the machine may read it. */
int dotenv_load(struct strvec *out, const char *path, struct faults *f);

/* The value of NAME, borrowed, or NULL. */
const char *dotenv_get(const struct strvec *env, const char *name);

/* How many bytes of s are a variable's name: letters, digits and _, no digit
 * first. */
size_t env_name_length(const char *s);

#endif
