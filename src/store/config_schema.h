/* config_schema.h - every key of config.yaml, as data.
 *
 * One table says where a key's value goes, what it may be, what it is when
 * absent, and how a fault words what is wanted. Reading, printing, defaults
 * and release all walk it. For store/config*.c only. */
#ifndef STORE_CONFIG_SCHEMA_H
#define STORE_CONFIG_SCHEMA_H

#include "store/config.h"
#include "store/yaml.h"

enum value_kind {
	VALUE_TEXT,     /* char * */
	VALUE_PATH,     /* char *, made absolute */
	VALUE_NUMBER,   /* int, low..high */
	VALUE_FLAG,     /* bool */
	VALUE_CHOICE,   /* an enum, by its names */
	VALUE_WORDS,    /* strvec; a command line, or a list */
	VALUE_LIST,     /* strvec; a list */
	VALUE_ANY,      /* strvec; one text, or a list */
	VALUE_COMMANDS, /* command_set; a list */
};

/* What is wanted of a value, or NULL where it is fine. */
typedef const char *value_check(const char *value);

struct config_key {
	const char *section, *name;
	enum value_kind kind;
	size_t offset;         /* in struct config */
	const char *otherwise; /* when absent; NULL: none, empty */
	long low, high;
	const char *unit; /* " seconds" */
	const char *const *names;
	size_t n_names;
	value_check *check; /* of a text, or of each item */
	size_t most;        /* items; 0: as many as you like */
	bool secret;        /* never shown, whatever is wrong */
	bool drop_empty;    /* items that expand to nothing */
	bool split;         /* a text with commas is a list, too */
};

enum { CONFIG_KEYS = 52 };
extern const struct config_key config_key[CONFIG_KEYS];

/* The key called so, or NULL; also where there is no such section. */
const struct config_key *config_key_find(const char *section, const char *name);
bool config_section_exists(const char *section);

/* Names of all sections, or of the keys of one: "a, b or c". */
void config_name_sections(struct buf *out);
void config_name_keys(struct buf *out, const char *section);

/* Where c keeps the value of k. */
void *config_slot(const struct config *c, const struct config_key *k);

/* What k wants, for people: "1..86400 seconds". */
void config_want(struct buf *out, const struct config_key *k);

/* A configuration on its way in. */
struct loading {
	struct config *c;
	const char *name; /* the file, as the faults call it */
	struct faults *f;
};

/* Puts the default of every key into a fresh c, whose dir is set. */
void config_set_defaults(struct config *c);
/* Puts what the file says of k into its slot, or adds a fault. */
void config_set(
    struct loading *l, const struct config_key *k, const struct node *node);

/* config_verify.c: the section whose keys are task types. */
#define VERIFY_SECTION "verify"
void verify_read(struct loading *l, const struct node *section);
void verify_release(struct config *c);

/* config_whole.c: adds the faults and warnings that take more than one value
 * to see, and settles claude.permissions. */
void config_check_whole(struct loading *l, const struct node *root);
/* What in words only a shell would act upon, added as a fault; does nothing
 * where there is nothing. name: the key's. */
void config_refuse_shell(
    struct loading *l, int line, const char *name, const struct strvec *words);

/* config_strict.c: who else could change what we trust? As OpenSSH's
 * StrictModes: a configuration, a list or a program that another account may
 * write to is that account's word, not its owner's. Adds a fault, with its
 * mend, for each of config.yaml, .env, their folder, tasks_dir, run_dir, the
 * state's folder and the program of claude.command that others than its owner,
 * root and the supervisor's account may write to, or that belongs to
 * claude.user. What is not there is no fault. name stands for config.yaml. */
void config_check_strict(
    const struct config *c, const char *name, struct faults *f);

/* config_rules.c: checks of single values. */
value_check rule_chat, rule_type, rule_line, rule_address, rule_zone, rule_span,
    rule_minute, rule_secret, rule_url, rule_header, rule_env, rule_path,
    rule_permission, rule_format, rule_usd;

#endif
