/* init_parts.h - shared by init.c (the project), init_systemd.c (what a person
 * without root needs to run it as a service) and init_write.c (how both write).
 * Nobody else comes in. */
#ifndef DOOR_INIT_PARTS_H
#define DOOR_INIT_PARTS_H

#include "base/buf.h"
#include "base/error.h"

/* A file of the source tree, put into the program by embed.awk. */
struct init_text {
	const char *name, *text;
};
extern const struct init_text init_texts[]; /* ends with a NULL name */

const char *init_text(const char *name);

struct init {
	char *dir;     /* absolute */
	char *program; /* as a person calls us from there */
	char *list;    /* the example, below dir; NULL: lists are elsewhere */
	bool services;
	bool kept_config;
	bool ignores_env; /* .gitignore does */
};

/* The program's own file; to be freed. */
char *init_own_path(void);

/* Makes a folder, or a file, below dir, and says so. What is there already is
 * left as it is, and said. Both return 0, or -1 with the reason; init_file 1
 * for a file that was kept. */
int init_folder(
    const struct init *in, const char *name, mode_t mode, struct error *err);
int init_file(const struct init *in, const char *name, const char *text,
    mode_t mode, struct error *err);

/* Each line that begins with key, behind blanks, becomes line. That there is
 * none is our own mistake: the texts are ours. */
void init_set(char **text, const char *key, const char *line);
/* Each from, should there be any, becomes to. */
void init_fill(char **text, const char *from, const char *to);

/* Before anything is made: may units and nginx's files name that folder? */
int init_services_possible(const struct init *in, struct error *err);
/* Units of systemd --user and an nginx that runs as the same person. */
int init_services(const struct init *in, struct error *err);
void init_services_next(const struct init *in);

#endif
