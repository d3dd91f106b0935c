#include "unit.h"

#include "door/records.h"

#include <string.h>

/* Heads as nginx sends them; the content is of no interest here. */
#define RECORD(type, length, padding) 1, type, 0, 1, 0, length, padding, 0
#define BEGIN(keep)                   RECORD(1, 8, 0), 0, 1, keep, 0, 0, 0, 0, 0
#define PARAMS                        RECORD(4, 3, 5), 'a', 'b', 'c', 0, 0, 0, 0, 0
#define PARAMS_END                    RECORD(4, 0, 0)
#define BODY                          RECORD(5, 2, 0), '{', '}'
#define BODY_END                      RECORD(5, 0, 0)
#define OTHERS_BODY                   1, 5, 0, 2, 0, 0, 0, 0
#define OTHERS_PARAMS_END             1, 4, 0, 2, 0, 0, 0, 0
/* Two lengths, and what is to follow. */
#define PAIR(a, b, c, d, e) RECORD(4, PAIR_LENGTH(a), 0), a, b, c, d, e
#define PAIR_LENGTH(first)  ((first) < 0 ? 10 : 5)
#define ABORT               RECORD(2, 0, 0)
#define ASK                 RECORD(9, 0, 0)
#define BYTES(...)          { __VA_ARGS__ }, sizeof((char[]){ __VA_ARGS__ })

static const struct {
	char bytes[128];
	size_t n;
	enum found found;
} looks[] = {
	{ BYTES(BEGIN(1), PARAMS, PARAMS_END, BODY, BODY_END), FOUND_KEEPS },
	{ BYTES(BEGIN(1), PARAMS_END, BODY_END), FOUND_KEEPS },
	{ BYTES(BEGIN(0), PARAMS, PARAMS_END, BODY_END), FOUND_WHOLE },
	{ BYTES(BEGIN(1), PARAMS, PARAMS_END, BODY), FOUND_IN_BODY },
	{ BYTES(BEGIN(1), PARAMS), FOUND_UNFINISHED },
	{ BYTES(1, 1, 0), FOUND_UNFINISHED },
	{ BYTES('G', 'E', 'T', ' '), FOUND_FOREIGN },
	{ BYTES(BEGIN(1), 'G'), FOUND_FOREIGN },
	/* What libfcgi would wait after, or leave behind. */
	{ BYTES(BEGIN(1), PARAMS_END, BODY_END, BEGIN(1)), FOUND_WHOLE },
	{ BYTES(BEGIN(1), PARAMS_END, RECORD(5, 0, 8), 0), FOUND_WHOLE },
	{ BYTES(BEGIN(1), PARAMS_END, OTHERS_BODY), FOUND_WHOLE },
	{ BYTES(BEGIN(1), PARAMS_END, ABORT), FOUND_WHOLE },
	{ BYTES(BEGIN(1), BODY_END, PARAMS_END), FOUND_WHOLE },
	{ BYTES(BEGIN(1), ASK, PARAMS_END, BODY_END), FOUND_WHOLE },
	/* What it would read on after this: lengths are not known yet. */
	{ BYTES(PARAMS_END, BODY_END), FOUND_FOREIGN },
	{ BYTES(BEGIN(1), BODY_END), FOUND_FOREIGN },
	{ BYTES(BEGIN(1), OTHERS_BODY, PARAMS), FOUND_FOREIGN },
	{ BYTES(BEGIN(1), OTHERS_PARAMS_END, BODY_END), FOUND_FOREIGN },
	{ BYTES(BEGIN(1), OTHERS_PARAMS_END, BODY), FOUND_UNFINISHED },
	/* Lengths, 2^31 - 2 and the like, in one record or parted. */
	{ BYTES(BEGIN(1), PAIR(1, -1, -1, -1, -2)), FOUND_FOREIGN },
	{ BYTES(BEGIN(1), PARAMS_END, PAIR(1, -1, -1, -1, -2)), FOUND_IN_BODY },
	{ BYTES(BEGIN(1), PAIR(-128, 0, 0, 3, 2), 'a', 'b', 'c', 'd', 'e',
	      PARAMS_END, BODY_END),
	    FOUND_KEEPS },
	{ BYTES(BEGIN(1), RECORD(4, 4, 0), 1, 1, 'a', 'b', RECORD(4, 2, 0), 1,
	      -1, RECORD(4, 2, 0), -1, -1),
	    FOUND_UNFINISHED },
	{ BYTES(BEGIN(1), RECORD(4, 4, 0), 1, 1, 'a', 'b', RECORD(4, 2, 0), 1,
	      -1, RECORD(4, 3, 0), -1, -1, -1),
	    FOUND_FOREIGN },
};

START_TEST(tells_what_is_whole)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		ck_assert_msg(
		    records_look(looks[i].bytes, looks[i].n) == looks[i].found,
		    "look %zu", i);
}
END_TEST

START_TEST(too_much_is_shown_out)
{
	static char endless[RECORDS_LOOK];
	static const char head[] = { BEGIN(1), 1, 4, 0, 1, -1, -1, 0, 0 };

	memcpy(endless, head, sizeof(head));
	memcpy(endless + sizeof(head) + 65535, head + 16, 8);
	ck_assert_int_eq(
	    records_look(endless, sizeof(endless) - 1), FOUND_UNFINISHED);
	ck_assert_int_eq(records_look(endless, sizeof(endless)), FOUND_FOREIGN);
}
END_TEST

START_TEST(a_long_body_is_told_apart)
{
	static char body[RECORDS_LOOK];
	static const char head[] = { BEGIN(1), PARAMS, PARAMS_END };
	static const char record[] = { 1, 5, 0, 1, -1, -1, 0, 0 };

	memcpy(body, head, sizeof(head));
	memcpy(body + sizeof(head), record, sizeof(record));
	memcpy(body + sizeof(head) + 8 + 65535, record, sizeof(record));
	ck_assert_int_eq(records_look(body, sizeof(body) - 1), FOUND_IN_BODY);
	ck_assert_int_eq(records_look(body, sizeof(body)), FOUND_LONG_BODY);
}
END_TEST

UNIT_MAIN("records", tells_what_is_whole, too_much_is_shown_out,
    a_long_body_is_told_apart)
