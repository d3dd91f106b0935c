/* What Claude asks for: what is stored of it is the same call, and what is
 * shown of it is text. */
#include "core/claude/ask.h"
#include "core/json.h"
#include "fuzz.h"

static void check_stored(const struct ask *a)
{
	struct ask again = ASK_INIT;
	bool last = false;

	MUST(ask_restore(&again, a->tool, a->input, NULL) == 0);
	MUST(strcmp(again.hash, a->hash) == 0);
	MUST(again.questions == a->questions);
	for (size_t i = 0; i < a->questions; i++)
		MUST((last = ask_answer(&again, "1")) ==
		     (i + 1 == a->questions));
	MUST(last == (a->questions > 0));
	ask_release(&again);
}

static void check_shown(const struct ask *a)
{
	struct buf text = BUF_INIT, line = BUF_INIT;

	ask_text(&text, a);
	ask_line(&line, a);
	MUST(text.len > 0 && utf8_valid(text.data, text.len));
	for (size_t i = 0; i < text.len; i++)
		MUST((unsigned char)text.data[i] >= ' ' ||
		     strchr("\n\t", text.data[i]) != NULL);
	MUST(strpbrk(line.data, "\n\t") == NULL);
	MUST(line.len <= 4 * ASK_LINE_MAX + strlen("..."));
	buf_release(&text);
	buf_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct json_object *o = json_parse((const char *)bytes, n, NULL);
	struct ask a = ASK_INIT;
	struct error err = ERROR_INIT;

	if (o != NULL && ask_read(&a, o, &err) == 0) {
		check_stored(&a);
		check_shown(&a);
	} else if (o != NULL) {
		MUST(err.text[0] != '\0' && a.tool == NULL);
	}
	ask_release(&a);
	json_object_put(o);
	return 0;
}
