/* records.c - a walk over the heads of FastCGI's records. */
#include "door/records.h"
#include "base/base.h"

/* Of the protocol, what is asked of it here. */
enum { HEADER = 8, PROTOCOL = 1, ABORT_REQUEST = 2, PARAMS = 4, STDIN = 5 };
enum { BEGIN_REQUEST = 1, BEGIN_BODY = 8, RESPONDER = 1, KEEP_CONN = 1 };

/* As nginx sends it: one that asks for a responder and keeps the connection. */
static bool begins_and_keeps(const unsigned char *p, size_t n)
{
	return n >= HEADER + BEGIN_BODY && p[1] == BEGIN_REQUEST && p[4] == 0 &&
	       p[5] == BEGIN_BODY && p[6] == 0 && p[8] == 0 &&
	       p[9] == RESPONDER && p[10] == KEEP_CONN;
}

/* The last record of a request is an empty STDIN. */
enum found records_look(const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	enum found found = FOUND_UNFINISHED;
	bool keeps = begins_and_keeps(p, n);

	for (size_t at = 0; at < n;) {
		size_t content, padding;
		int type;

		if (p[at] != PROTOCOL)
			return FOUND_FOREIGN;
		if (n - at < HEADER)
			break;
		type = p[at + 1];
		content = (size_t)p[at + 4] << 8 | p[at + 5];
		padding = p[at + 6];
		/* One request, its parameters before its body. */
		if (at > 0 &&
		    (p[at + 2] != p[2] || p[at + 3] != p[3] ||
			type != (found == FOUND_IN_BODY ? STDIN : PARAMS)))
			keeps = false;
		if (type == ABORT_REQUEST || (type == STDIN && content == 0))
			return keeps && n == at + HEADER ? FOUND_KEEPS
							 : FOUND_WHOLE;
		if (type == PARAMS && content == 0)
			found = FOUND_IN_BODY;
		at += HEADER + content + padding;
	}
	if (n < RECORDS_LOOK)
		return found;
	return found == FOUND_IN_BODY ? FOUND_LONG_BODY : FOUND_WHOLE;
}
