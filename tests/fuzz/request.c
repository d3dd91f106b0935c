/* A body, by its text and by its fields, and words: what is understood is
 * the same on the other side of the control socket. */
#include "core/talk/request.h"
#include "core/talk/route.h"
#include "fuzz.h"

static void check_carried(const struct request *r)
{
	struct json_object *o = request_to_json(r);
	struct request again = REQUEST_INIT;
	struct error err = ERROR_INIT;
	char a[33], b[33];

	if (request_from_json(&again, o, &err) != 0)
		bug("not carried: %s in %s", err.text,
		    json_object_to_json_string(o));
	request_fingerprint(r, a);
	request_fingerprint(&again, b);
	MUST(strcmp(a, b) == 0);
	json_object_put(o);
	request_release(&again);
}

static void take(struct json_object *body, bool text_first)
{
	struct request r = REQUEST_INIT;

	r.command = CMD_RETRY;
	if (request_from_body(&r, body, text_first, NULL) == 0)
		check_carried(&r);
	request_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = xstrndup((const char *)bytes, n);
	struct json_object *body = json_parse(text, strlen(text), NULL);

	for (int c = 0; c < COMMANDS; c++) {
		struct request r = REQUEST_INIT;

		r.command = (enum command)c;
		if (request_from_words(&r, text, NULL) == 0 &&
		    request_want_text(&r, NULL) == 0 &&
		    utf8_valid(text, strlen(text)))
			check_carried(&r);
		request_release(&r);
	}
	if (body != NULL) {
		take(body, true);
		take(body, false);
	}
	json_object_put(body);
	free(text);
	return 0;
}
