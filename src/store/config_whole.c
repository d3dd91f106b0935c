/* config_whole.c - what is right key by key and wrong together.
 *
 * Runs when every value has been read; what no single line is to blame for (a
 * key that is missing) is told here. */
#include "store/config_schema.h"
#include "base/clock.h"
#include "store/dotenv.h"
#include "store/expand.h"

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

static void warn(struct loading *l, const struct node *root)
{
	const struct config *c = l->c;
	const char *url = c->webhooks.n8n_notify_url, *host = c->server.host;
	const char *header = url != NULL ? c->webhooks.notify_header : NULL;
	const char *quiet = c->telegram.quiet, *report = c->telegram.report;
	int header_line = config_line(c, "webhooks", "notify_header");
	bool loopback = strcmp(host, "localhost") == 0 ||
			strcmp(host, "::1") == 0 || str_starts(host, "127.");

	if (url != NULL && header == NULL &&
	    presence_of(l, root, "webhooks", "notify_header") != MISSING)
		faults_warn(l->f, l->name, header_line,
		    "webhooks.notify_header: without a value it is not sent, and n8n cannot tell who notifies it, want N8N_NOTIFY_SECRET in .env (openssl rand -hex 32 makes one)");
	/* What n8n keeps of a notification must not open the orchestrator. */
	for (size_t i = 0; header != NULL && i < c->webhooks.secrets.n; i++)
		if (strstr(header, c->webhooks.secrets.v[i]) != NULL)
			faults_warn(l->f, l->name, header_line,
			    "webhooks.notify_header: n8n would keep the webhook secret with what it receives, want one of its own, N8N_NOTIFY_SECRET");
	if (str_equal(c->paths.tasks_dir, c->paths.logs_dir))
		faults_warn(l->f, l->name, config_line(c, "paths", "logs_dir"),
		    "paths.logs_dir: the same folder as tasks_dir, want one of its own: old logs are swept there");
	if (quiet != NULL && report != NULL && clock_span_has(quiet, report))
		faults_warn(l->f, l->name, config_line(c, "telegram", "report"),
		    "telegram.report: %s is within telegram.quiet, %s, so it comes and does not ring, want the end of that or later",
		    report, quiet);
	if (url != NULL && strstr(url, "/webhook-test/") != NULL)
		faults_warn(l->f, l->name,
		    config_line(c, "webhooks", "n8n_notify_url"),
		    "webhooks.n8n_notify_url: n8n listens there only while a person tests the workflow, want its production URL (/webhook/)");
	if (strstr(c->logging.format, "%(message)s") == NULL)
		faults_warn(l->f, l->name, config_line(c, "logging", "format"),
		    "logging.format: without %%(message)s no line of the log says anything, want it in");
	if (c->server.socket == NULL && !loopback)
		faults_warn(l->f, l->name, config_line(l->c, "server", "host"),
		    "server.host: %s is no loopback address: FastCGI has no password, only nginx may reach it, want 127.0.0.1",
		    host);
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
static void check_env(struct loading *l)
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
				    config_line(l->c, "claude", "env"),
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
		faults_add(l->f, l->name, config_line(l->c, "claude", key),
		    "claude.%s: '%s' is another mode than claude.permissions (%s), want it left out",
		    key, word, permissions_name[c->claude.permissions]);
	return true;
}

/* The option that a word names which each attempt is given by us, or NULL. */
static const char *ours(const char *word)
{
	static const char *const options[] = { "--output-format",
		"--input-format", "--resume", "-r", "--continue", "-c",
		"--session-id", "--fork-session" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t n = strlen(options[i]);

		if (strncmp(word, options[i], n) == 0 &&
		    (word[n] == '\0' || word[n] == '='))
			return options[i];
	}
	return NULL;
}

/* What takes more than one value to see. */
void config_check_whole(struct loading *l, const struct node *root)
{
	struct config *c = l->c;
	const struct strvec *flags = &c->claude.flags;
	enum presence secret = presence_of(l, root, "webhooks", "secret");

	/* One mode holds, and it is known which: what comes last on the command
	 * line wins. */
	if (!settle_permissions_by(l, root, "flags", flags))
		settle_permissions_by(l, root, "command", &c->claude.command);
	/* Said twice, another conversation or another output would come than
	 * the one that is read. */
	for (size_t i = 0; i < flags->n; i++)
		if (c->claude.output_format == OUTPUT_STREAM_JSON &&
		    ours(flags->v[i]) != NULL)
			faults_add(l->f, l->name,
			    config_line(c, "claude", "flags"),
			    "claude.flags: '%s' is said for each attempt by the orchestrator itself, want it left out",
			    ours(flags->v[i]));
	if (c->webhooks.enabled && secret != PRESENT)
		faults_add(l->f, l->name, config_line(c, "webhooks", "secret"),
		    "webhooks.secret: %s, want at least 16 bytes",
		    secret == EMPTY ? "empty" : "missing");
	config_refuse_shell(l, config_line(c, "claude", "command"),
	    "claude.command", &c->claude.command);
	check_env(l);
	warn(l, root);
}
