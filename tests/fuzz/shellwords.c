/* The words of a command line, quoted, are the same words. */
#include "store/shellwords.h"
#include "fuzz.h"

static void add_quoted(struct buf *out, const char *word)
{
	buf_adds(out, " '");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *word);
	}
	buf_addc(out, '\'');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = xstrndup((const char *)bytes, n);
	struct strvec words = STRVEC_INIT, again = STRVEC_INIT;
	struct error err = ERROR_INIT;
	struct buf quoted = BUF_INIT;

	if (shellwords_split(&words, text, &err) == 0) {
		for (size_t i = 0; i < words.n; i++)
			add_quoted(&quoted, words.v[i]);
		MUST(shellwords_split(&again, quoted.data, &err) == 0);
		MUST(again.n == words.n);
		for (size_t i = 0; i < words.n; i++)
			MUST(strcmp(again.v[i], words.v[i]) == 0);
	} else {
		MUST(err.text[0] != '\0');
	}
	strvec_release(&words);
	strvec_release(&again);
	buf_release(&quoted);
	free(text);
	return 0;
}
