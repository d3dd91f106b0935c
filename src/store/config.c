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
#include "store/config_strict.h"

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

static void unknown_section(struct loading *l, const struct node *section)
{
	struct buf want = BUF_INIT;
	char *shown = node_shown(section->key);

	config_name_sections(&want);
	faults_add(l->f, l->name, section->line, "%s: unknown key, want %s",
	    shown, want.data);
	free(shown);
	buf_release(&want);
}

static void unknown_key(
    struct loading *l, const struct node *section, const struct node *node)
{
	struct buf want = BUF_INIT;
	char *shown = node_shown(node->key);

	config_name_keys(&want, section->key);
	faults_add(l->f, l->name, node->line, "%s.%s: unknown key, want %s",
	    section->key, shown, want.data);
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
		unknown_section(l, section);
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
			unknown_key(l, section, at);
		else
			config_set(l, k, at);
	}
}

/* Returns false, reported, where the file has no sections to look into. */
static bool read_sections(struct loading *l, const struct node *root)
{
	if (root == NULL || node_is_null(root))
		return true;
	if (root->kind != NODE_MAP) {
		faults_add(l->f, l->name, root->line,
		    "want sections with keys below them, got %s",
		    root->kind == NODE_LIST ? "a list" : "a text");
		return false;
	}
	for (const struct node *at = root->child; at != NULL; at = at->next)
		read_section(l, at);
	return true;
}

/* Where a key is in the file, else its section, else 1. */
static int line_of(
    const struct node *root, const char *section, const char *name)
{
	const struct node *above = node_get(root, section);
	const struct node *node = node_get(above, name);

	return node != NULL ? node->line : above != NULL ? above->line : 1;
}

enum presence { MISSING, EMPTY, PRESENT };

/* Has the file a value for this key? A faulty one is PRESENT: it has been
 * reported. */
static enum presence presence_of(const struct loading *l,
    const struct node *root, const char *section, const char *name)
{
	const struct node *node = node_get(node_get(root, section), name);
	struct buf text = BUF_INIT;
	enum presence found;

	if (node == NULL || node_is_null(node))
		return MISSING;
	if (node->kind != NODE_TEXT)
		return node->child == NULL ? EMPTY : PRESENT;
	found = expand_variables(&text, node->text, &l->c->dotenv, NULL) == 0 &&
			text.len == 0
		    ? EMPTY
		    : PRESENT;
	buf_release(&text);
	return found;
}

static void require(struct loading *l, const struct node *root,
    const char *section, const char *name, const char *want)
{
	enum presence found = presence_of(l, root, section, name);

	if (found != PRESENT)
		faults_add(l->f, l->name, line_of(root, section, name),
		    "%s.%s: %s, want %s", section, name,
		    found == EMPTY ? "empty" : "missing", want);
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       str_starts(host, "127.");
}

/* What n8n keeps of a notification must not open the orchestrator. */
static void warn_of_header(struct loading *l, const struct node *root)
{
	const struct config *c = l->c;
	const char *header = c->webhooks.notify_header;
	int line = line_of(root, "webhooks", "notify_header");

	if (c->webhooks.n8n_notify_url == NULL)
		return;
	if (header == NULL &&
	    presence_of(l, root, "webhooks", "notify_header") != MISSING)
		faults_warn(l->f, l->name, line,
		    "webhooks.notify_header: without a value it is not sent, and n8n cannot tell who notifies it, want N8N_NOTIFY_SECRET in .env (openssl rand -hex 32 makes one)");
	for (size_t i = 0; header != NULL && i < c->webhooks.secrets.n; i++)
		if (strstr(header, c->webhooks.secrets.v[i]) != NULL)
			faults_warn(l->f, l->name, line,
			    "webhooks.notify_header: n8n would keep the webhook secret with what it receives, want one of its own, N8N_NOTIFY_SECRET");
}

static void warn(struct loading *l, const struct node *root)
{
	const struct config *c = l->c;

	warn_of_header(l, root);
	if (c->server.socket == NULL && !is_loopback(c->server.host))
		faults_warn(l->f, l->name, line_of(root, "server", "host"),
		    "server.host: %s is no loopback address: FastCGI has no password, only nginx may reach it, want 127.0.0.1",
		    c->server.host);
}

/* What in a word only a shell would act upon, or NULL. */
static const char *shell_sign(const char *word, bool first)
{
	static const char *const operators[] = { "&&", "||", "|", ";", "&", ">",
		">>", "<", "2>", "2>&1", "&>" };
	const char *redirect = word + strspn(word, "12&");
	size_t name = env_name_length(word);

	if (word[0] == '~' && (word[1] == '/' || word[1] == '\0' || first))
		return "~";
	if (first && name > 0 && word[name] == '=')
		return "NAME=value";
	if (str_starts(word, "$(") || (first && strchr(word, '$') != NULL))
		return "$";
	if (word[0] == '`')
		return "`";
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (strcmp(word, operators[i]) == 0)
			return operators[i];
	if (*redirect == '<' || *redirect == '>')
		return *redirect == '<' ? "<" : ">";
	return str_ends(word, ";") ? ";" : NULL;
}

void config_refuse_shell(
    struct loading *l, int line, const char *name, const struct strvec *words)
{
	for (size_t i = 0; i < words->n; i++) {
		const char *sign = shell_sign(words->v[i], i == 0);

		if (sign == NULL)
			continue;
		faults_add(l->f, l->name, line,
		    "%s: no shell runs it, so \"%s\" means nothing, want %s",
		    name, sign,
		    sign[0] == '~' ? "the path written out"
		    : sign[0] == 'N'
			? "the program first, and the variable in claude.env"
			: "one program and its options");
		return;
	}
}

/* Whoever works for us must not be able to command us. */
static void check_env(struct loading *l, const struct node *root)
{
	const struct strvec *env = &l->c->claude.env;
	const struct strvec *secrets = &l->c->webhooks.secrets;

	for (size_t i = 0; i < env->n; i++) {
		const char *item = env->v[i];
		const char *equals = strchr(item, '=');
		const char *value =
		    equals != NULL ? equals + 1 : config_getenv(l->c, item);

		for (size_t k = 0; value != NULL && k < secrets->n; k++)
			if (strstr(value, secrets->v[k]) != NULL)
				faults_add(l->f, l->name,
				    line_of(root, "claude", "env"),
				    "claude.env: %.*s would tell Claude the webhook secret, with which it could approve itself, want it left out",
				    (int)env_name_length(item), item);
	}
}

/* Words of the command line that name another mode than the key, or that
 * stand in its place. Returns whether they name one. */
static bool settle_permissions_by(struct loading *l, const struct node *root,
    const char *key, const struct strvec *words)
{
	struct config *c = l->c;
	enum permissions named;
	const char *word;

	if (!permissions_named(words, &named, &word))
		return false;
	if (presence_of(l, root, "claude", "permissions") != PRESENT)
		c->claude.permissions = named;
	else if (named != c->claude.permissions)
		faults_add(l->f, l->name, line_of(root, "claude", key),
		    "claude.%s: '%s' is another mode than claude.permissions (%s), want it left out",
		    key, word, permissions_name[c->claude.permissions]);
	return true;
}

/* One mode holds, and it is known which. */
static void settle_permissions(struct loading *l, const struct node *root)
{
	struct config *c = l->c;

	/* What comes last on the command line wins. */
	if (!settle_permissions_by(l, root, "flags", &c->claude.flags))
		settle_permissions_by(l, root, "command", &c->claude.command);
}

/* What takes more than one value to see. */
static void check_whole(struct loading *l, const struct node *root)
{
	settle_permissions(l, root);
	if (l->c->webhooks.enabled)
		require(l, root, "webhooks", "secret", "at least 16 bytes");
	config_refuse_shell(l, line_of(root, "claude", "command"),
	    "claude.command", &l->c->claude.command);
	check_env(l, root);
	warn(l, root);
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

static void keep_lines(struct config *c, const struct node *root)
{
	c->lines = xcalloc(CONFIG_KEYS, sizeof(*c->lines));
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		c->lines[i] =
		    line_of(root, config_key[i].section, config_key[i].name);
}

static void read_all(struct loading *l, const char *text, size_t len)
{
	struct node *root;
	bool readable = node_parse(&root, l->name, text, len, l->f) == 0;

	if (readable || root != NULL) {
		config_set_defaults(l->c);
		if (read_sections(l, root))
			check_whole(l, root);
		keep_lines(l->c, root);
	}
	node_free(root);
}

static void set_place(struct config *c, const char *path)
{
	char *folder = path_folder(path);

	c->dir = path_real(folder);
	c->path = path_join(c->dir, path_name(path));
	free(folder);
}

static void load_dotenv(struct config *c, const char *path, struct faults *f)
{
	char *folder = path_folder(path);
	char *file = path_join(folder, ".env");

	dotenv_load(&c->dotenv, file, f);
	free(file);
	free(folder);
}

enum config_result config_load(
    struct config *c, const char *path, struct faults *f, struct error *err)
{
	struct loading l = { c, path, f };
	size_t before = f->count;
	char *text = NULL;
	size_t len = 0;

	*c = (struct config)CONFIG_INIT;
	if (read_file(path, YAML_MAX_BYTES, &text, &len, err) != 0) {
		if (errno != EFBIG)
			return CONFIG_UNREADABLE;
		faults_add(f, path, 1, "over 256 KiB, want less");
		return CONFIG_FAULTY;
	}
	set_place(c, path);
	load_dotenv(c, path, f);
	read_all(&l, text, len);
	explicit_bzero(text, len);
	free(text);
	if (f->count == before) {
		settle_command(c);
		strict_check(c, path, f);
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
