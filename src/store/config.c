/* config.c - reading config.yaml whole, and the few questions it answers.
 *
 * The file is walked in its own order, so faults come in that order; what no
 * single line is to blame for (a key that is missing) comes last. */
#include "store/config.h"
#include "base/durable.h"
#include "base/path.h"
#include "store/config_schema.h"
#include "store/dotenv.h"
#include "store/expand.h"

#include <errno.h>
#include <unistd.h>

void config_release(struct config *c)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *k = &config_key[i];
		void *slot = config_slot(c, k);

		if (k->kind == VALUE_TEXT || k->kind == VALUE_PATH)
			free(*(char **)slot);
		else if (k->kind == VALUE_WORDS || k->kind == VALUE_LIST ||
			 k->kind == VALUE_ANY)
			strvec_release(slot);
	}
	verify_release(c);
	strvec_release(&c->dotenv);
	free(c->lines);
	free(c->path);
	free(c->dir);
	*c = (struct config)CONFIG_INIT;
}

void config_defaults(struct config *c, const char *dir)
{
	*c = (struct config)CONFIG_INIT;
	c->dir = path_real(dir);
	config_set_defaults(c);
	c->webhooks.enabled = false;
}

/* section: NULL where node should be one itself. */
static void unknown_key(
    struct loading *l, const char *section, const struct node *node)
{
	struct buf want = BUF_INIT;
	char *shown = node_shown(node->key);

	if (section == NULL)
		config_name_sections(&want);
	else
		config_name_keys(&want, section);
	faults_add(l->f, l->name, node->line, "%s%s%s: unknown key, want %s",
	    section != NULL ? section : "", section != NULL ? "." : "", shown,
	    want.data);
	free(shown);
	buf_release(&want);
}

static void read_section(struct loading *l, const struct node *section)
{
	if (strcmp(section->key, VERIFY_SECTION) == 0) {
		verify_read(l, section);
		return;
	}
	if (!config_section_exists(section->key)) {
		unknown_key(l, NULL, section);
		return;
	}
	if (node_is_null(section))
		return;
	if (section->kind != NODE_MAP) {
		faults_add(l->f, l->name, section->line,
		    "%s: want keys with values below it, got %s", section->key,
		    section->kind == NODE_LIST ? "a list" : "a text");
		return;
	}
	for (const struct node *at = section->child; at; at = at->next) {
		const struct config_key *k =
		    config_key_find(section->key, at->key);

		if (k == NULL)
			unknown_key(l, section->key, at);
		else
			config_set(l, k, at);
	}
}

/* Where a key is in the file, else its section, else 1. */
static int line_of(
    const struct node *root, const char *section, const char *name)
{
	const struct node *above = node_get(root, section);
	const struct node *node = node_get(above, name);

	return node != NULL ? node->line : above != NULL ? above->line : 1;
}

/* A program named by a relative path is, like every path, seen from the
 * configuration's folder; a plain name is looked up in PATH. */
static void settle_command(struct config *c)
{
	char **program = &c->claude.command.v[0];
	char *path;

	if (strchr(*program, '/') == NULL)
		return;
	path = path_join(c->dir, *program);
	free(*program);
	*program = path;
}

static void read_all(struct loading *l, const char *text, size_t len)
{
	struct node *root;
	bool readable = node_parse(&root, l->name, text, len, l->f) == 0;

	if (!readable && root == NULL)
		return;
	config_set_defaults(l->c);
	l->c->lines = xcalloc(CONFIG_KEYS, sizeof(*l->c->lines));
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		l->c->lines[i] =
		    line_of(root, config_key[i].section, config_key[i].name);
	if (root != NULL && root->kind != NODE_MAP && !node_is_null(root)) {
		/* There is nothing to look into. */
		faults_add(l->f, l->name, root->line,
		    "want sections with keys below them, got %s",
		    root->kind == NODE_LIST ? "a list" : "a text");
	} else {
		for (const struct node *at = root != NULL ? root->child : NULL;
		     at != NULL; at = at->next)
			read_section(l, at);
		config_check_whole(l, root);
	}
	node_free(root);
}

enum config_result config_load(
    struct config *c, const char *path, struct faults *f, struct error *err)
{
	struct loading l = { c, path, f };
	size_t before = f->count;
	char *text = NULL, *folder, *dotenv;
	size_t len = 0;

	*c = (struct config)CONFIG_INIT;
	if (read_file(path, YAML_MAX_BYTES, &text, &len, err) != 0) {
		if (errno != EFBIG)
			return CONFIG_UNREADABLE;
		faults_add(f, path, 1, "over 256 KiB, want less");
		return CONFIG_FAULTY;
	}
	folder = path_folder(path);
	c->dir = path_real(folder);
	c->path = path_join(c->dir, path_name(path));
	dotenv = path_join(folder, ".env");
	dotenv_load(&c->dotenv, dotenv, f);
	read_all(&l, text, len);
	explicit_bzero(text, len);
	free(text);
	free(dotenv);
	free(folder);
	if (f->count == before) {
		settle_command(c);
		config_check_strict(c, path, f);
	}
	if (f->count == before)
		return CONFIG_OK;
	config_release(c);
	return CONFIG_FAULTY;
}

bool config_same_places(const struct config *a, const struct config *b)
{
	return str_equal(a->paths.state_file, b->paths.state_file) &&
	       str_equal(a->paths.logs_dir, b->paths.logs_dir) &&
	       str_equal(a->paths.run_dir, b->paths.run_dir);
}

char *config_find(const char *option)
{
	static const char *const usual[] = { "config.yaml",
		"/etc/orchestrator/config.yaml" };
	const char *env = getenv("ORCHESTRATOR_CONFIG");

	if (option != NULL)
		return xstrdup(option);
	if (env != NULL && env[0] != '\0')
		return xstrdup(env);
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (access(usual[i], F_OK) == 0)
			return xstrdup(usual[i]);
	return NULL;
}

struct policy config_policy(const struct config *c)
{
	return (struct policy){
		.mode = c->orchestrator.approval_mode,
		.checkpoint_after = &c->orchestrator.checkpoint_after,
		.auto_approve = &c->orchestrator.auto_approve,
	};
}

char *config_run_path(const struct config *c, const char *name)
{
	return path_join(c->paths.run_dir, name);
}

const char *config_getenv(const struct config *c, const char *name)
{
	return expand_lookup(name, &c->dotenv);
}
