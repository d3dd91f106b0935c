/* init_write.c - what init makes: texts that the program carries, filled in;
 * files and folders, and a line of each. */
#include "base/durable.h"
#include "base/path.h"
#include "door/init_parts.h"

#include <errno.h>
#include <sys/stat.h>

const char *init_text(const char *name)
{
	for (const struct init_text *t = init_texts; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return t->text;
	bug("'%s' was not put into the program", name);
}

void init_set(char **text, const char *key, const char *line)
{
	struct buf out = BUF_INIT;
	bool found = false;

	for (const char *at = *text, *end; *at != '\0'; at = end) {
		size_t indent = strspn(at, " \t");

		end = at + strcspn(at, "\n");
		if (str_starts(at + indent, key)) {
			buf_add(&out, at, indent);
			buf_adds(&out, line);
			at = end;
			found = true;
		}
		end += *end == '\n';
		buf_add(&out, at, (size_t)(end - at));
	}
	if (!found)
		bug("no line of ours begins with '%s'", key);
	free(*text);
	*text = buf_detach(&out);
}

void init_fill(char **text, const char *from, const char *to)
{
	struct buf out = BUF_INIT;
	const char *rest = *text, *found;

	while ((found = strstr(rest, from)) != NULL) {
		buf_add(&out, rest, (size_t)(found - rest));
		buf_adds(&out, to);
		rest = found + strlen(from);
	}
	buf_adds(&out, rest);
	free(*text);
	*text = buf_detach(&out);
}

/* -- making, and saying so --------------------------------------------------
 */

static void say(const char *what, const char *name, bool is_folder)
{
	printf("%-5s %s%s\n", what, name, is_folder ? "/" : "");
}

int init_folder(
    const struct init *in, const char *name, mode_t mode, struct error *err)
{
	char *path = path_join(in->dir, name);
	struct stat st;
	int rc = 0;

	if (stat(path, &st) != 0) {
		rc = durable_mkdir(path, mode, err);
		if (rc == 0)
			say("made", name, true);
	} else if (S_ISDIR(st.st_mode)) {
		say("kept", name, true);
	} else {
		rc = error_set(
		    err, "cannot make folder '%s': a file is there", path);
	}
	free(path);
	return rc;
}

int init_file(const struct init *in, const char *name, const char *text,
    mode_t mode, struct error *err)
{
	char *path = path_join(in->dir, name);
	int rc = durable_create(path, text, strlen(text), mode, err);

	if (rc != 0 && errno == EEXIST)
		rc = 1;
	if (rc >= 0)
		say(rc == 0 ? "made" : "kept", name, false);
	free(path);
	return rc;
}
