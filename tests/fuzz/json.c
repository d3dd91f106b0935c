/* JSON that is accepted is printed, and read and printed to the same. */
#include "core/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = xstrndup((const char *)bytes, n);
	struct error err = ERROR_INIT;
	struct json_object *o = json_parse(text, strlen(text), &err), *again;
	struct buf once = BUF_INIT, twice = BUF_INIT;

	MUST((o == NULL) == (err.text[0] != '\0'));
	if (o != NULL) {
		json_print(&once, o);
		again = json_parse(once.data, once.len, &err);
		MUST(again != NULL);
		json_print(&twice, again);
		MUST(str_equal(once.data, twice.data));
		json_object_put(again);
	}
	json_object_put(o);
	buf_release(&once);
	buf_release(&twice);
	free(text);
	return 0;
}
