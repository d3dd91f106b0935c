/* names.h - an enum and the words the world knows it by. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include "base/base.h"

/* The index of word in names[0..n), or -1. */
int name_index(const char *const *names, size_t n, const char *word);

#endif
