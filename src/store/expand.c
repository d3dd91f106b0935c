/* expand.c - variables in configuration values. */
#include "store/expand.h"
#include "store/dotenv.h"

const char *expand_lookup(const char *name, const struct strvec *dotenv)
{
	const char *value = getenv(name);

	return value != NULL ? value : dotenv_get(dotenv, name);
}

/* The inside of ${...}, n bytes at p. */
static int expand_one(struct buf *out, const char *p, size_t n,
    const struct strvec *dotenv, struct error *err)
{
	size_t len = env_name_length(p);
	bool has_default = len + 2 <= n && memcmp(p + len, ":-", 2) == 0;
	const char *value;
	char *name;
	int rc = 0;

	if (len == 0 || (len != n && !has_default))
		return error_set(err,
		    "no variable's name in ${...}, want ${NAME} or ${NAME:-default}");
	name = xstrndup(p, len);
	value = expand_lookup(name, dotenv);
	if (has_default && (value == NULL || *value == '\0'))
		buf_add(out, p + len + 2, n - len - 2);
	else if (value != NULL)
		buf_adds(out, value);
	else
		rc = error_set(err,
		    "${%s} is not set, want it in the environment or in .env",
		    name);
	free(name);
	return rc;
}

int expand_variables(struct buf *out, const char *text,
    const struct strvec *dotenv, struct error *err)
{
	for (const char *p = text; *p != '\0';) {
		const char *inside = p + 2;
		const char *end;

		if (str_starts(p, "$${")) {
			buf_adds(out, "${");
			p += 3;
			continue;
		}
		if (!str_starts(p, "${")) {
			buf_addc(out, *p++);
			continue;
		}
		end = strchr(inside, '}');
		if (end == NULL)
			return error_set(err, "${ is not closed, want }");
		if (memmem(inside, (size_t)(end - inside), "${", 2) != NULL)
			return error_set(
			    err, "${ inside ${...}, want a plain default");
		if (expand_one(
			out, inside, (size_t)(end - inside), dotenv, err) != 0)
			return -1;
		p = end + 1;
	}
	return 0;
}

void expand_protect(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (str_starts(p, "${"))
			buf_addc(out, '$');
		buf_addc(out, *p);
	}
}
