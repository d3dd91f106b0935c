/* session_ruling.c - from an answer to what the next attempt is told. */
#include "core/session/session_ruling.h"
#include "core/session/session_fields.h"

void ruling_keep(struct session *s, const struct event *e)
{
	struct ruling *r = &s->ruling;
	const struct decision *d = &s->decisions[s->n_decisions - 1];

	ruling_forget(s);
	r->kind = e->kind == EV_ANSWER ? RULING_ANSWER
		  : e->kind == EV_DENY ? RULING_DENY
				       : RULING_ALLOW;
	memcpy(r->hash, s->ask.hash, sizeof(r->hash));
	r->what = xstrdup(d->what);
	r->file = xstrdup(s->ask.file);
	r->text =
	    xstrdup(r->kind == RULING_ANSWER ? s->ask.answers : e->feedback);
}

void ruling_forget(struct session *s)
{
	fields_release(&ruling_fields, &s->ruling);
}
