/* wire.c - calls and replies of the control socket, printed and read. */
#include "core/wire.h"
#include "core/json.h"
#include "core/names.h"

const char *const wire_op_name[] = {
	[WIRE_COMMAND] = "command",
	[WIRE_PING] = "ping",
	[WIRE_RELOAD] = "reload",
	[WIRE_SHUTDOWN] = "shutdown",
	[WIRE_RELEASE] = "release",
};
_Static_assert(ARRAY_SIZE(wire_op_name) == WIRE_OPS, "name every op");

static void print_line(struct buf *line, struct json_object *o)
{
	json_print(line, o);
	buf_addc(line, '\n');
	json_object_put(o);
}

void wire_print_call(struct buf *line, enum wire_op op, const struct request *r)
{
	struct json_object *o = json_object_new_object();

	json_set_int(o, "v", WIRE_VERSION);
	json_set_string(o, "op", wire_op_name[op]);
	if (r != NULL)
		json_set(o, "request", request_to_json(r));
	print_line(line, o);
}

void wire_print_reply(struct buf *line, const struct answer *a)
{
	struct json_object *o = json_object_new_object();

	json_set_int(o, "v", WIRE_VERSION);
	json_set_int(o, "code", a->code);
	json_set(o, "body", a->body != NULL ? json_object_get(a->body) : NULL);
	print_line(line, o);
}

static int read_call(
    struct json_object *o, struct request *r, struct error *err)
{
	struct json_object *request;
	const char *name;
	int64_t version;
	int op;

	if (json_get_int(o, "v", 0, INT32_MAX, 0, &version, err) != 0 ||
	    json_get_string(o, "op", &name, err) != 0)
		return -1;
	if (version != WIRE_VERSION)
		return error_set(err,
		    "the supervisor speaks version %d of the control protocol",
		    WIRE_VERSION);
	op = name == NULL ? -1 : name_index(wire_op_name, WIRE_OPS, name);
	if (op < 0)
		return error_set(
		    err, "op: want command, ping, reload, shutdown or release");
	if (op != WIRE_COMMAND)
		return op;
	if (json_get_object(o, "request", &request, err) != 0)
		return -1;
	if (request == NULL)
		return error_set(err, "request: want an object, got none");
	return request_from_json(r, request, err) == 0 ? op : -1;
}

int wire_read_call(
    const char *line, size_t len, struct request *r, struct error *err)
{
	struct json_object *o = json_parse(line, len, err);
	int op = o == NULL ? -1 : read_call(o, r, err);

	json_object_put(o);
	return op;
}

static enum wire_reply read_reply(
    struct json_object *o, struct answer *a, struct error *err)
{
	struct json_object *body;
	int64_t version, code;

	if (json_get_int(o, "v", 0, INT32_MAX, 0, &version, err) != 0 ||
	    version != WIRE_VERSION) {
		error_set(
		    err, "the supervisor is of another version; restart it");
		return WIRE_REPLY_OTHER_VERSION;
	}
	if (json_get_int(o, "code", 100, 599, 500, &code, err) != 0 ||
	    json_get_object(o, "body", &body, err) != 0)
		return WIRE_REPLY_BROKEN;
	answer_release(a);
	a->code = (int)code;
	a->body = body ? json_object_get(body) : json_object_new_object();
	return WIRE_REPLY_READ;
}

enum wire_reply wire_read_reply(
    const char *line, size_t len, struct answer *a, struct error *err)
{
	struct json_object *o = json_parse(line, len, err);
	enum wire_reply result = WIRE_REPLY_BROKEN;

	if (o != NULL)
		result = read_reply(o, a, err);
	json_object_put(o);
	return result;
}
