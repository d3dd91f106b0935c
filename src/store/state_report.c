/* state_report.c - whether there is a report to be made.
 *
 * Each day is seen to once, at its time or when we first run after it, whether
 * or not there is anything to tell: what begins later that day is the next
 * day's news. */
#include "base/clock.h"
#include "store/state.h"

bool state_report_is_due(const struct state *s, int64_t now, const char *minute)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	return strcmp(s->report.day, today) != 0 && clock_is_past(now, minute);
}

bool state_has_news(const struct state *s)
{
	const struct session *session = &s->session;

	return (session_status(session) != SESSION_IDLE &&
		   session->last_activity > s->report.at) ||
	       s->plan.completed_at > s->report.at;
}

void state_reported(struct state *s, int64_t now)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	snprintf(s->report.day, sizeof(s->report.day), "%.10s", today);
	s->report.at = now;
}
