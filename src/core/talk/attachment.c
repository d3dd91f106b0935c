/* attachment.c - is it what it says, and no more than that? */
#include "core/talk/attachment.h"

#include <sodium.h>

/* What is taken, by the beginning of its type, and how its contents begin;
 * NULL: as text does. */
static const struct {
	const char *type, *begins;
	size_t n;
} taken[] = {
	{ "image/jpeg", "\xff\xd8\xff", 3 },
	{ "image/png", "\x89PNG\r\n\x1a\n", 8 },
	{ "image/gif", "GIF8", 4 },
	{ "image/webp", "RIFF", 4 },
	{ "application/pdf", "%PDF-", 5 },
	{ "application/zip", "PK\x03\x04", 4 },
	{ "application/vnd.openxmlformats-officedocument.", "PK\x03\x04", 4 },
	{ "application/json", NULL, 0 },
	{ "text/", NULL, 0 },
};

/* The row of a type, or -1. */
static int row_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		size_t n = strlen(taken[i].type);
		bool open = strchr("/.", taken[i].type[n - 1]) != NULL;

		if (strncmp(type, taken[i].type, n) == 0 &&
		    (open || strchr("; ", type[n]) != NULL))
			return (int)i;
	}
	return -1;
}

/* Characters that make a name look like another one, or that a terminal takes
 * for an order, by their first two bytes and what the third lies between. */
static const struct {
	unsigned char first, second, from, to;
} unseen[] = {
	{ 0xcd, 0x8f, 0x00, 0xff }, /* grapheme joiner */
	{ 0xd8, 0x9c, 0x00, 0xff }, /* Arabic letter mark */
	{ 0xe1, 0x85, 0x9f, 0xa0 }, /* Hangul fillers */
	{ 0xe1, 0xa0, 0x8b, 0x8f }, /* Mongolian selectors */
	{ 0xe2, 0x80, 0x8b, 0xae }, /* of no width, marks of direction */
	{ 0xe2, 0x81, 0xa0, 0xaf },
	{ 0xe3, 0x85, 0xa4, 0xa4 }, /* Hangul filler */
	{ 0xef, 0xbb, 0xbf, 0xbf }, /* byte order mark */
	{ 0xef, 0xbe, 0xa0, 0xa0 }, /* Hangul filler, halfwidth */
	{ 0xf3, 0xa0, 0x80, 0xbf }, /* tags */
};

static bool is_name(const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t n = strlen(name);

	if (n == 0 || n > ATTACHMENT_NAME_MAX || strchr(".-", name[0]) != NULL)
		return false;
	for (; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f || strchr("/\\`\"'$", *p) != NULL)
			return false;
		/* Controls, and the soft hyphen. */
		if (p[0] == 0xc2 && (p[1] < 0xa0 || p[1] == 0xad))
			return false;
		for (size_t i = 0; i < ARRAY_SIZE(unseen); i++)
			if (p[0] == unseen[i].first &&
			    p[1] == unseen[i].second &&
			    p[2] >= unseen[i].from && p[2] <= unseen[i].to)
				return false;
	}
	return true;
}

static int decode(const char *data, struct buf *out)
{
	size_t n = strlen(data), got;
	char *room = buf_reserve(out, n / 4 * 3 + 3);

	if (sodium_base642bin((unsigned char *)room, n / 4 * 3 + 3, data, n,
		"\r\n", &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return -1;
	buf_grown(out, got);
	return 0;
}

static bool fits(int row, const struct buf *contents)
{
	if (taken[row].begins == NULL)
		return utf8_valid(contents->data, contents->len);
	return contents->len >= taken[row].n &&
	       memcmp(contents->data, taken[row].begins, taken[row].n) == 0;
}

static int check_one(struct json_object *o, size_t *room, struct error *err)
{
	const char *name, *type, *data;
	struct buf contents = BUF_INIT;
	int row, rc = -1;

	if (json_get_string(o, "name", &name, err) != 0 ||
	    json_get_string(o, "type", &type, err) != 0 ||
	    json_get_string(o, "data", &data, err) != 0)
		return -1;
	row = type == NULL ? -1 : row_of(type);
	if (name == NULL || !is_name(name))
		error_set(err,
		    "name: want a file's name of at most %d bytes, without a folder, quotes, and a dot or - in front",
		    ATTACHMENT_NAME_MAX);
	else if (row < 0)
		error_set(err,
		    "type: want a picture (JPEG, PNG, GIF, WebP), a PDF, a text or an office document, got \"%.60s\"",
		    type != NULL ? type : "");
	else if (data == NULL || decode(data, &contents) != 0)
		error_set(err, "data: want base64");
	else if (contents.len == 0)
		error_set(err, "data: want contents, got none");
	else if (contents.len > *room)
		error_set(err, "data: want at most %d MiB in all files",
		    ATTACHMENTS_BYTES / 1024 / 1024);
	else if (!fits(row, &contents))
		error_set(err, "data: is not %.60s, as its type says", type);
	else
		rc = 0;
	*room -= rc == 0 ? contents.len : 0;
	buf_release(&contents);
	return rc;
}

int attachments_check(struct json_object *files, struct error *err)
{
	size_t n = json_object_array_length(files), room = ATTACHMENTS_BYTES;
	struct error why = ERROR_INIT;

	if (n > ATTACHMENTS_MAX)
		return error_set(
		    err, "files: want at most %d, got %zu", ATTACHMENTS_MAX, n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(files, i);

		if (!json_object_is_type(o, json_type_object))
			return error_set(err, "files[%zu]: want an object", i);
		if (check_one(o, &room, &why) != 0)
			return error_set(err, "files[%zu].%s", i, why.text);
	}
	return 0;
}

const char *attachment_read(
    struct json_object *files, size_t i, struct buf *contents)
{
	struct json_object *o = json_object_array_get_idx(files, i);
	const char *name = NULL, *data = NULL;

	if (json_get_string(o, "name", &name, NULL) != 0 ||
	    json_get_string(o, "data", &data, NULL) != 0 ||
	    decode(data, contents) != 0)
		bug("a file that was checked cannot be read");
	return name;
}
