/* shellwords.h - a command line to its words, by the shell's quoting rules.
 *
 * Quoting only: no variables, no globs, no operators. A ; or a | is a letter
 * like any other, because no shell will ever see the words. */
#ifndef STORE_SHELLWORDS_H
#define STORE_SHELLWORDS_H

#include "base/error.h"
#include "base/strvec.h"

/* Adds the words of text to out. Returns 0, or -1 with what is wrong (which
 * does not repeat the text), and then out may have the first ones. */
int shellwords_split(struct strvec *out, const char *text, struct error *err);

#endif
