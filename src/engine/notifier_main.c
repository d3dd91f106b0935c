/* notifier_main.c - blocking libcurl, one delivery after the other.
 *
 * It ends when the supervisor's end of the socket is closed. It may wait as
 * long as a black-holed network makes it: nobody waits for it. */
#include "engine/notifier_main.h"
#include "base/buf.h"
#include "core/json.h"
#include "engine/family.h"
#include "engine/forked.h"
#include "engine/libcurl.h"
#include "engine/privilege.h"

#include <errno.h>
#include <signal.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	DAY_SECONDS = 24 * 60 * 60,
	CONNECT_SECONDS = 10,
	TOTAL_SECONDS = 30,
	/* Slower than this for so long is as good as dead. */
	LOW_SPEED_BYTES = 1,
	LOW_SPEED_SECONDS = 15,
	ANSWER_MAX = 64 * 1024,
	CALL_MAX = 64 * 1024 * 1024
};

/* Of the answer's body only a receipt is of interest; too much of it ends the
 * transfer. */
static size_t swallow(char *data, size_t size, size_t n, void *arg)
{
	struct buf *answer = arg;

	if (answer->len + size * n > ANSWER_MAX)
		return 0;
	buf_add(answer, data, size * n);
	return size * n;
}

/* {"receipt": ...}, whatever it is, as JSON on one line. While n8n brings its
 * database up to date it answers everything with 200 and one text, and keeps
 * nothing of what it was sent. */
static void read_body(const struct buf *answer, struct delivery_result *r)
{
	static const char starting[] = "n8n is starting up";
	struct json_object *o = json_parse(answer->data, answer->len, NULL);
	struct json_object *value = NULL;
	const char *text;

	if (o != NULL && json_object_object_get_ex(o, "receipt", &value) &&
	    value != NULL) {
		text = json_object_to_json_string_ext(value,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		if (strlen(text) <= NOTIFIER_RECEIPT_MAX)
			snprintf(r->receipt, sizeof(r->receipt), "%s", text);
	}
	json_object_put(o);
	if (str_starts(answer->data, starting)) {
		r->status = 503;
		snprintf(r->text, sizeof(r->text), "%s", starting);
	}
}

/* Reads exactly n bytes; -1 at the end of the line. */
static int read_exactly(int fd, char *to, size_t n)
{
	while (n > 0) {
		ssize_t got = read(fd, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

static int read_call(int fd, struct buf *call)
{
	uint32_t len;

	buf_reset(call);
	if (read_exactly(fd, (char *)&len, sizeof(len)) != 0 ||
	    len > CALL_MAX ||
	    read_exactly(fd, buf_reserve(call, len), len) != 0)
		return -1;
	buf_grown(call, len);
	return 0;
}

/* The string behind the one at s, or NULL behind the last. */
static const char *next_string(const struct buf *call, const char *s)
{
	s += strlen(s) + 1;
	return s < call->data + call->len ? s : NULL;
}

static struct curl_slist *add_header(
    struct curl_slist *list, const char *header)
{
	struct curl_slist *longer = libcurl.slist_append(list, header);

	if (longer == NULL)
		bug("out of memory for a header");
	return longer;
}

static struct curl_slist *header_list(const struct buf *call, const char *s)
{
	/* No "100 Continue" to wait for. */
	struct curl_slist *list = add_header(NULL, "Expect:");
	bool typed = false;

	while ((s = next_string(call, s)) != NULL) {
		list = add_header(list, s);
		typed |= strncasecmp(s, "Content-Type:", 13) == 0;
	}
	if (!typed)
		list = add_header(list, "Content-Type: application/json");
	return list;
}

void notifier_trust(void *curl)
{
	const char *file = getenv("SSL_CERT_FILE");
	const char *dir = getenv("SSL_CERT_DIR");

	if (file != NULL && file[0] != '\0')
		libcurl.easy_setopt(curl, CURLOPT_CAINFO, file);
	if (dir != NULL && dir[0] != '\0')
		libcurl.easy_setopt(curl, CURLOPT_CAPATH, dir);
}

static void set_limits(CURL *curl)
{
	libcurl.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	libcurl.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	libcurl.easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	libcurl.easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	libcurl.easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	libcurl.easy_setopt(
	    curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	libcurl.easy_setopt(curl, CURLOPT_TIMEOUT, (long)TOTAL_SECONDS);
	libcurl.easy_setopt(
	    curl, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
	libcurl.easy_setopt(
	    curl, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS);
	libcurl.easy_setopt(curl, CURLOPT_USERAGENT, "orchestrator");
	libcurl.easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
	notifier_trust(curl);
}

static void deliver(
    CURL *curl, const struct buf *call, struct delivery_result *r)
{
	const char *url = call->data;
	const char *body = next_string(call, url);
	struct curl_slist *headers = header_list(call, body);
	char why[CURL_ERROR_SIZE] = "";
	struct buf answer = BUF_INIT;
	curl_off_t wait = 0; /* Retry-After, in seconds from now */
	long status = 0;
	CURLcode rc;

	libcurl.easy_reset(curl);
	set_limits(curl);
	libcurl.easy_setopt(curl, CURLOPT_URL, url);
	libcurl.easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	libcurl.easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
	libcurl.easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	libcurl.easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	libcurl.easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	rc = libcurl.easy_perform(curl);
	/* Its answer is known although we did not want all of it. */
	if (rc == CURLE_OK || rc == CURLE_WRITE_ERROR) {
		libcurl.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		libcurl.easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
		r->status = (int)status;
		/* A date that is past gives a negative one. */
		if (wait > 0)
			r->retry_after_ms =
			    1000 * (wait < DAY_SECONDS ? wait : DAY_SECONDS);
	} else {
		snprintf(r->text, sizeof(r->text), "%s",
		    why[0] != '\0' ? why : libcurl.easy_strerror(rc));
	}
	if (rc == CURLE_OK && r->status >= 200 && r->status < 300)
		read_body(&answer, r);
	libcurl.easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	buf_release(&answer);
	libcurl.slist_free_all(headers);
}

_Noreturn void notifier_main(int fd, pid_t parent)
{
	/* A key at the terminal is meant for the supervisor: it closes the
	 * socket when it goes. */
	const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct error missing = ERROR_INIT;
	struct buf call = BUF_INIT;
	CURL *curl = NULL;
	sigset_t none;

	family_forget();
	forked_settle("orch-notifier", &fd, 1);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		sigaction(ignored[i], &ignore, NULL);
	sigemptyset(&none);
	signals_restore(&none);
	prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* Where the kernel has no filters the rest has to do. */
	privilege_confine(NULL);
	if (libcurl_load(&missing) == 0) {
		curl = libcurl.easy_init();
		if (curl == NULL)
			bug("out of memory for a request");
	}
	while (read_call(fd, &call) == 0) {
		struct delivery_result r = { 0 };

		if (curl != NULL)
			deliver(curl, &call, &r);
		else
			snprintf(
			    r.text, sizeof(r.text), "%.255s", missing.text);
		if (send(fd, &r, sizeof(r), MSG_NOSIGNAL) != (ssize_t)sizeof(r))
			break;
	}
	_exit(0);
}
