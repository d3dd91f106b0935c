/* .env: every variable that was read, written in quotes, is read again. */
#include "store/dotenv.h"
#include "fuzz.h"

static void add_quoted(struct buf *text, const char *item)
{
	size_t name = env_name_length(item);
	const char *value = item + name + 1;
	char quote = strchr(value, '\'') == NULL ? '\'' : '`';

	MUST(name > 0 && item[name] == '=');
	/* A backslash at the end would keep the quote from being one, and a
	 * carriage return may belong to the end of a line. */
	if (strchr(value, quote) != NULL || str_ends(value, "\\") ||
	    strchr(value, '\r') != NULL)
		return;
	buf_add(text, item, name + 1);
	buf_addf(text, "%c%s%c\n", quote, value, quote);
}

static void check_again(const struct strvec *env)
{
	struct strvec one = STRVEC_INIT;
	struct faults f = FAULTS_INIT;
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < env->n; i++) {
		buf_reset(&text);
		add_quoted(&text, env->v[i]);
		if (text.len == 0 || text.len > DOTENV_MAX_BYTES)
			continue;
		MUST(dotenv_parse(&one, "a", text.data, text.len, &f) == 0);
		MUST(one.n == 1 && str_equal(one.v[0], env->v[i]));
		strvec_release(&one);
	}
	faults_release(&f);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct strvec env = STRVEC_INIT;
	struct faults f = FAULTS_INIT;

	if (dotenv_parse(&env, "a", (const char *)bytes, n, &f) == 0)
		check_again(&env);
	strvec_release(&env);
	faults_release(&f);
	return 0;
}
