/* fields.h - a struct that is stored, described once: a table of its members,
 * each with its key and what it may be.
 *
 * From the table it is printed as JSON, read with every check, copied and
 * released: a member more is a line more. What holds between members is the
 * table's check; what is worked out instead of stored has a hook.
 *
 * A member that is absent or null reads as its none (a NULL text, an empty
 * list, 0), and whatever the struct holds, what is printed is read again: text
 * that is not UTF-8 is mended, a number out of range becomes one that is not.
 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include "core/json.h"

#include <stddef.h>

enum field_kind {
	FIELD_TEXT,    /* char *; NULL: none */
	FIELD_WORD,    /* char[size], small letters and digits; "": none */
	FIELD_DATE,    /* char[size], 2025-11-20; "": none */
	FIELD_JSON,    /* char *, the text of one JSON object */
	FIELD_STRINGS, /* struct strvec */
	FIELD_INT,     /* int, low..high; another none stands for null */
	FIELD_LONG,    /* int64_t, the same */
	FIELD_ENUM,    /* int-sized; names[0] is NULL where 0 is none */
	FIELD_BOOL,
	FIELD_TIME,   /* int64_t; 0: none */
	FIELD_USD,    /* double, 0..USD_MAX */
	FIELD_OBJECT, /* a struct, of; null where of says that it is empty */
	FIELD_INLINE, /* a struct whose members stand among ours */
	FIELD_ARRAY,  /* of these in the struct, at most high */
	FIELD_LIST,   /* a pointer to so many of these */
	FIELD_HOOK,
};

enum {
	FIELD_NEEDED = 1,      /* absent is a fault */
	FIELD_LEFT_OUT = 2,    /* printed only where it is not none */
	USD_MAX = 1000 * 1000, /* dollars; more is no price but nonsense */
};

/* Any of them may be NULL: then nothing is printed, read, copied (but for the
 * struct's bytes), released. print: NULL stands for null. */
struct field_hook {
	struct json_object *(*print)(const void *base);
	int (*read)(struct json_object *o, const char *key, void *base,
	    struct error *err);
	void (*copy)(void *to, const void *from);
	void (*release)(void *base);
};

struct field {
	const char *key; /* NULL: not stored */
	enum field_kind kind;
	unsigned flags;
	size_t at;       /* in the struct */
	size_t size;     /* of a word's array, with the NUL */
	size_t count_at; /* of an array or list: its size_t */
	int64_t low, high, none;
	const char *const *names; /* high + 1 of them */
	const struct fields *of;  /* of a hook: by which it prints, or NULL */
	const struct field_hook *hook;
};

struct fields {
	const struct field *v;
	size_t n, size; /* size: of the struct */
	/* Bytes that are all 0 in an empty struct, which is stored as null;
	 * none: it is always there. */
	size_t there_at, there_size;
	/* Behind the reading of its members from o. Returns 0, or -1 with
	 * "KEY: want ..., got ...". NULL: no more is asked of it. */
	int (*check)(void *base, struct json_object *o, struct error *err);
};

/* A table's head: what it is of, and the member that says that it is there. */
#define FIELDS(rows, T) .v = (rows), .n = ARRAY_SIZE(rows), .size = sizeof(T)
#define FIELDS_THERE(T, m) \
	.there_at = offsetof(T, m), .there_size = sizeof(((T *)NULL)->m)

/* A row of a table: T is the struct, m the member, K its key. */
#define ROW(T, m, K, k, ...)                                               \
	{                                                                  \
		.key = (K), .kind = (k), .at = offsetof(T, m), __VA_ARGS__ \
	}
#define ROW_SIZED(T, m, K, k, f) \
	ROW(T, m, K, k, .flags = (f), .size = sizeof(((T *)NULL)->m))
#define ROW_COUNTED(T, m, K, k, number, what, most)                    \
	ROW(T, m, K, k, .count_at = offsetof(T, number), .of = (what), \
	    .high = (most))
#define ROW_TEXT(T, m, K, f) ROW(T, m, K, FIELD_TEXT, .flags = (f))
#define ROW_JSON(T, m, K)    ROW(T, m, K, FIELD_JSON, .flags = FIELD_NEEDED)
#define ROW_STRINGS(T, m, K) ROW(T, m, K, FIELD_STRINGS, .flags = 0)
#define ROW_BOOL(T, m, K)    ROW(T, m, K, FIELD_BOOL, .flags = 0)
#define ROW_TIME(T, m, K, f) ROW(T, m, K, FIELD_TIME, .flags = (f))
#define ROW_USD(T, m, K)     ROW(T, m, K, FIELD_USD, .flags = 0)
#define ROW_WORD(T, m, K, f) ROW_SIZED(T, m, K, FIELD_WORD, f)
#define ROW_DATE(T, m, K, f) ROW_SIZED(T, m, K, FIELD_DATE, f)
#define ROW_INT(T, m, K, f, l, h, no)                                  \
	ROW(T, m, K, FIELD_INT, .flags = (f), .low = (l), .high = (h), \
	    .none = (no))
#define ROW_LONG(T, m, K, l, h) \
	ROW(T, m, K, FIELD_LONG, .low = (l), .high = (h))
#define ROW_ENUM(T, m, K, f, table, count)                       \
	ROW(T, m, K, FIELD_ENUM, .flags = (f), .names = (table), \
	    .high = (count)-1)
#define ROW_OBJECT(T, m, K, what) ROW(T, m, K, FIELD_OBJECT, .of = (what))
#define ROW_INLINE(T, m, what)    ROW(T, m, "", FIELD_INLINE, .of = (what))
#define ROW_ARRAY(T, m, K, number, what, most) \
	ROW_COUNTED(T, m, K, FIELD_ARRAY, number, what, most)
#define ROW_LIST(T, m, K, number, what, most) \
	ROW_COUNTED(T, m, K, FIELD_LIST, number, what, most)
#define ROW_HOOK(K, what)                                      \
	{                                                      \
		.key = (K), .kind = FIELD_HOOK, .hook = (what) \
	}
#define ROW_HOOK_BY(K, what, table)                                            \
	{                                                                      \
		.key = (K), .kind = FIELD_HOOK, .hook = (what), .of = (table), \
	}

/* Adds the members to o. */
void fields_print(
    struct json_object *o, const struct fields *f, const void *base);
/* As an object of its own; NULL where it is not there. */
struct json_object *fields_to_json(const struct fields *f, const void *base);

/* Into base, which is fresh; where it is refused base holds what was read until
 * then and is to be released. Returns 0, or -1 with
 * "tasks[2].attempt: want ..., got ..." in *err, which is not NULL. */
int fields_read(struct json_object *o, const struct fields *f, void *base,
    struct error *err);

/* to is fresh, or what from is in bytes. */
void fields_copy(const struct fields *f, void *to, const void *from);
/* What the members hold; base is then as good as bytes of 0. */
void fields_release(const struct fields *f, void *base);

#endif
