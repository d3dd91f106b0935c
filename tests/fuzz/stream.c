/* What Claude prints: the verdict does not depend on how the bytes were cut,
 * and all that is passed on is clean text. */
#include "core/claude/stream.h"
#include "fuzz.h"

static void on_event(
    void *arg, const char *raw, size_t n, const struct stream_event *event)
{
	*(size_t *)arg += raw != NULL ? n : 0;
	if (event != NULL && event->text != NULL)
		MUST(utf8_valid(event->text, strlen(event->text)));
}

/* Step 0: all at once. */
static void judge(
    const uint8_t *bytes, size_t n, size_t step, struct outcome *o, size_t *raw)
{
	const struct ending good = { .timeout = 300 };
	struct stream s;

	stream_init(&s, on_event, raw);
	for (size_t i = 0, part; i < n; i += part) {
		part = step == 0 || step > n - i ? n - i : step;
		stream_feed(&s, (const char *)bytes + i, part);
	}
	stream_end(&s);
	stream_verdict(&s, &good, o);
	MUST(o->result != RESULT_NONE);
	MUST((o->result == RESULT_SUCCESS) == (o->error == NULL));
	MUST(o->error == NULL || strchr(o->error, '\n') == NULL);
	MUST(o->summary == NULL || strlen(o->summary) <= SUMMARY_MAX);
	stream_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct outcome a = OUTCOME_INIT, b = OUTCOME_INIT;
	size_t raw_a = 0, raw_b = 0;

	judge(bytes, n, 0, &a, &raw_a);
	judge(bytes, n, 1 + n % 7, &b, &raw_b);
	MUST(raw_a == raw_b && a.result == b.result);
	MUST(str_equal(a.error, b.error) && str_equal(a.summary, b.summary));
	MUST(a.denials == b.denials && a.num_turns == b.num_turns);
	outcome_release(&a);
	outcome_release(&b);
	return 0;
}
