/* state_writing.c - the member "writing": text on its way into a file. */
#include "base/path.h"
#include "core/list/task.h"
#include "store/state_read.h"

struct json_object *writing_to_json(const struct writing *w)
{
	struct json_object *o;

	if (w->file == NULL)
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "file", w->file);
	json_set_bool(o, "day", w->is_day);
	json_set_int(o, "size", w->size);
	json_set_string(o, "text", w->text);
	return o;
}

static int get_writing(
    struct json_object *o, struct writing *w, struct error *err)
{
	if (read_text(o, "file", true, &w->file, err) != 0 ||
	    json_get_bool(o, "day", &w->is_day, err) != 0 ||
	    json_get_int(o, "size", 0, TASK_LIST_MAX_BYTES, 0, &w->size, err) !=
		0 ||
	    read_text(o, "text", true, &w->text, err) != 0)
		return -1;
	if (!path_is_plain(w->file))
		return error_set(
		    err, "file: want a plain name, got \"%s\"", w->file);
	return 0;
}

int read_writing(struct json_object *o, struct writing *w, struct error *err)
{
	struct json_object *writing;

	if (json_get_object(o, "writing", &writing, err) != 0)
		return -1;
	if (writing != NULL && get_writing(writing, w, err) != 0)
		return read_below(err, "writing");
	return 0;
}
