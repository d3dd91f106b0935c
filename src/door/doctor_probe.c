/* doctor_probe.c - one HTTP request, and what can be learnt from it. */
#include "door/doctor_parts.h"
#include "engine/libcurl.h"
#include "engine/notifier_main.h"

enum { CONNECT_SECONDS = 10, TOTAL_SECONDS = 20 };

/* As much of it as there is room for. */
static size_t add_body(char *data, size_t size, size_t n, void *arg)
{
	struct probe *p = arg;
	size_t used = strlen(p->said);

	snprintf(p->said + used, sizeof(p->said) - used, "%.*s",
	    (int)(n * size < sizeof(p->said) ? n * size : sizeof(p->said)),
	    data);
	return size * n;
}

/* The first certificate is the server's own; the rest vouch for it. */
static int64_t expiry(CURL *curl)
{
	static const char key[] = "Expire date:";
	struct curl_certinfo *info = NULL;

	if (libcurl.easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs < 1)
		return 0;
	for (struct curl_slist *at = info->certinfo[0]; at; at = at->next)
		if (str_starts(at->data, key))
			return (int64_t)libcurl.getdate(
			    at->data + strlen(key), NULL);
	return 0;
}

/* Returns its headers, to be freed after it. */
static struct curl_slist *set_options(CURL *curl, struct probe *p)
{
	struct curl_slist *list = libcurl.slist_append(NULL, "Expect:");

	list = libcurl.slist_append(list, "Content-Type: application/json");
	for (size_t i = 0; p->header != NULL && p->header[i] != NULL; i++)
		list = libcurl.slist_append(list, p->header[i]);
	if (list == NULL)
		bug("out of memory for a header");
	libcurl.easy_setopt(curl, CURLOPT_URL, p->url);
	libcurl.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	libcurl.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	libcurl.easy_setopt(
	    curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	libcurl.easy_setopt(curl, CURLOPT_TIMEOUT, (long)TOTAL_SECONDS);
	libcurl.easy_setopt(curl, CURLOPT_USERAGENT, "orchestrator");
	libcurl.easy_setopt(curl, CURLOPT_WRITEFUNCTION, add_body);
	libcurl.easy_setopt(curl, CURLOPT_WRITEDATA, p);
	libcurl.easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	libcurl.easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	notifier_trust(curl);
	if (p->unverified) {
		libcurl.easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		libcurl.easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (p->body != NULL)
		libcurl.easy_setopt(curl, CURLOPT_POSTFIELDS, p->body);
	else
		libcurl.easy_setopt(curl, CURLOPT_NOBODY, 1L);
	return list;
}

static struct error missing; /* why there is no libcurl */

void doctor_probe_init(void)
{
	libcurl_load(&missing);
}

void doctor_probe(struct probe *p)
{
	struct curl_slist *list;
	struct curl_header *date;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode rc;
	CURL *curl;

	if (missing.text[0] != '\0') {
		snprintf(p->why, sizeof(p->why), "%.255s", missing.text);
		return;
	}
	curl = libcurl.easy_init();
	if (curl == NULL)
		bug("out of memory for a request");
	list = set_options(curl, p);
	libcurl.easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	rc = libcurl.easy_perform(curl);
	p->bad_certificate = rc == CURLE_PEER_FAILED_VERIFICATION;
	if (rc != CURLE_OK)
		snprintf(p->why, sizeof(p->why), "%s",
		    why[0] != '\0' ? why : libcurl.easy_strerror(rc));
	libcurl.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &p->status);
	if (rc == CURLE_OK && libcurl.easy_header(curl, "Date", 0, CURLH_HEADER,
				  -1, &date) == CURLHE_OK)
		p->date = (int64_t)libcurl.getdate(date->value, NULL);
	p->expires = expiry(curl);
	libcurl.easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	libcurl.slist_free_all(list);
	libcurl.easy_cleanup(curl);
}
