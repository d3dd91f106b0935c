/* config_verify.c - `verify:`, whose keys are types of task and whose values
 * are commands, read as claude.command is.
 *
 * It is what decides whether a task is done: only the owner's file says it,
 * never a list or a request. */
#include "store/config_schema.h"

#include <strings.h>

static void read_rule(struct loading *l, const struct node *node)
{
	struct verify_rules *rules = &l->c->verify;
	char *shown = node_shown(node->key);
	char *name = xasprintf("%s.%s", VERIFY_SECTION, shown);
	const struct config_key key = {
		.section = VERIFY_SECTION,
		.name = shown,
		.kind = VALUE_WORDS,
		.otherwise = "", /* it must name a program */
		.offset = offsetof(struct config, verify.reading),
	};
	const char *want = rule_type(node->key);
	size_t before = l->f->count;

	if (want != NULL)
		faults_add(l->f, l->name, node->line, "%s: want %s as keys",
		    name, want);
	else if (config_verify(l->c, node->key) != NULL)
		faults_add(l->f, l->name, node->line,
		    "%s: the same type twice (case does not count), want it once",
		    name);
	else
		config_set(l, &key, node);
	config_refuse_shell(l, node->line, name, &rules->reading);
	if (l->f->count == before && rules->reading.n > 0) {
		rules->v = xrealloc(rules->v, rules->n + 1, sizeof(*rules->v));
		rules->v[rules->n++] = (struct verify_rule){
			.type = xstrdup(node->key),
			.command = rules->reading,
			.line = node->line,
		};
		rules->reading = (struct strvec)STRVEC_INIT;
	}
	strvec_release(&rules->reading);
	free(name);
	free(shown);
}

void verify_read(struct loading *l, const struct node *section)
{
	if (node_is_null(section))
		return;
	if (section->kind != NODE_MAP) {
		faults_add(l->f, l->name, section->line,
		    "%s: want task types with a command each, got %s",
		    VERIFY_SECTION,
		    section->kind == NODE_LIST ? "a list" : "a text");
		return;
	}
	for (const struct node *at = section->child; at != NULL; at = at->next)
		read_rule(l, at);
}

const struct strvec *config_verify(const struct config *c, const char *type)
{
	for (size_t i = 0; i < c->verify.n; i++)
		if (strcasecmp(c->verify.v[i].type, type) == 0)
			return &c->verify.v[i].command;
	return NULL;
}

static bool same_words(const struct strvec *a, const struct strvec *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

bool config_verifies_less(const struct config *fresh, const struct config *old)
{
	for (size_t i = 0; i < old->verify.n; i++) {
		const struct verify_rule *rule = &old->verify.v[i];
		const struct strvec *now = config_verify(fresh, rule->type);

		if (now == NULL || !same_words(now, &rule->command))
			return true;
	}
	return false;
}

void verify_release(struct config *c)
{
	for (size_t i = 0; i < c->verify.n; i++) {
		free(c->verify.v[i].type);
		strvec_release(&c->verify.v[i].command);
	}
	free(c->verify.v);
	strvec_release(&c->verify.reading);
}
