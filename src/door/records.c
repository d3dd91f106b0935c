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

/* The parameters of the request that libfcgi reads: the first that begins. It
 * adds up the two lengths of a pair as an int and allocates what it gets, so
 * that one lie ends the process. */
struct params {
	unsigned id; /* 0: none has begun */
	bool ended;
	size_t length, pair; /* of the one that is read; of both */
	int bytes;           /* still to come of a length of four */
	bool second;         /* the first length of a pair is known */
	size_t rest;         /* of its name and value */
};

/* A length has one byte, or four of which the first says so. */
static bool length_is_whole(struct params *q, unsigned char byte)
{
	if (q->bytes == 0 && (byte & 0x80) != 0) {
		q->length = byte & 0x7f;
		q->bytes = 3;
		return false;
	}
	q->length = q->length << 8 | byte;
	if (q->bytes > 0)
		q->bytes--;
	return q->bytes == 0;
}

/* Returns false where a pair is longer than all of them may be. */
static bool params_go_on(struct params *q, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		if (q->rest > 0) {
			size_t step = q->rest < n - i ? q->rest : n - i;

			q->rest -= step;
			i += step;
		} else if (length_is_whole(q, p[i++])) {
			q->pair += q->length;
			q->length = 0;
			if (q->pair > RECORDS_LOOK)
				return false;
			q->second = !q->second;
			if (!q->second) {
				q->rest = q->pair;
				q->pair = 0;
			}
		}
	}
	return true;
}

/* p: a record's head, and n bytes of its content. */
static bool params_parse(struct params *q, const unsigned char *p, size_t n)
{
	unsigned id = (unsigned)p[2] << 8 | p[3];
	bool is_empty = p[4] == 0 && p[5] == 0;

	if (p[1] == BEGIN_REQUEST && q->id == 0)
		q->id = id;
	else if (p[1] == PARAMS && id == q->id && id != 0 && is_empty)
		q->ended = true;
	else if (p[1] == PARAMS && id == q->id && !q->ended)
		return params_go_on(q, p + HEADER, n);
	return true;
}

/* The last record of a request is an empty STDIN. */
enum found records_look(const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	enum found found = FOUND_UNFINISHED;
	struct params params = { .id = 0 };
	bool keeps = begins_and_keeps(p, n);

	for (size_t at = 0; at < n;) {
		size_t content, padding, here;
		int type;

		if (p[at] != PROTOCOL)
			return FOUND_FOREIGN;
		if (n - at < HEADER)
			break;
		type = p[at + 1];
		content = (size_t)p[at + 4] << 8 | p[at + 5];
		padding = p[at + 6];
		/* One request, its parameters before its body. */
		if (at > 0 && (p[at + 2] != p[2] || p[at + 3] != p[3] ||
				  type != (params.ended ? STDIN : PARAMS)))
			keeps = false;
		here = n - at - HEADER < content ? n - at - HEADER : content;
		if (!params_parse(&params, p + at, here))
			return FOUND_FOREIGN;
		if (found == FOUND_UNFINISHED &&
		    (type == ABORT_REQUEST || (type == STDIN && content == 0)))
			found = keeps && n == at + HEADER ? FOUND_KEEPS
							  : FOUND_WHOLE;
		at += HEADER + content + padding;
	}
	/* What is handed on is read on: its parameters must be known by then.
	 */
	if (!params.ended)
		return found == FOUND_UNFINISHED && n < RECORDS_LOOK
			   ? FOUND_UNFINISHED
			   : FOUND_FOREIGN;
	if (found != FOUND_UNFINISHED)
		return found;
	return n >= RECORDS_LOOK ? FOUND_LONG_BODY : FOUND_IN_BODY;
}
