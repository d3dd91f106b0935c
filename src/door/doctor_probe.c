/* doctor_probe.c - one HTTP request, and what can be learnt from it. */
#include "door/doctor_parts.h"
#include "engine/notifier_main.h"

#include <curl/curl.h>

enum { CONNECT_SECONDS = 10, TOTAL_SECONDS = 20 };

static size_t swallow(
    char *data UNUSED, size_t size, size_t n, void *arg UNUSED)
{
	return size * n;
}

static struct curl_slist *headers(const struct probe *p)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	list = curl_slist_append(list, "Content-Type: application/json");
	for (size_t i = 0; p->header != NULL && p->header[i] != NULL; i++)
		list = curl_slist_append(list, p->header[i]);
	if (list == NULL)
		bug("out of memory for a header");
	return list;
}

/* The first certificate is the server's own; the rest vouch for it. */
static int64_t expiry(CURL *curl)
{
	static const char key[] = "Expire date:";
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs < 1)
		return 0;
	for (struct curl_slist *at = info->certinfo[0]; at; at = at->next)
		if (str_starts(at->data, key))
			return (int64_t)curl_getdate(
			    at->data + strlen(key), NULL);
	return 0;
}

static void set_options(
    CURL *curl, const struct probe *p, struct curl_slist *list)
{
	curl_easy_setopt(curl, CURLOPT_URL, p->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TOTAL_SECONDS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "orchestrator");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
	curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	notifier_trust(curl);
	if (p->unverified) {
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (p->body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, p->body);
	else
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
}

void doctor_probe_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		bug("libcurl cannot be initialised");
}

void doctor_probe(struct probe *p)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *list = headers(p);
	struct curl_header *date;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode rc;

	if (curl == NULL)
		bug("libcurl cannot be initialised");
	set_options(curl, p, list);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	rc = curl_easy_perform(curl);
	p->bad_certificate = rc == CURLE_PEER_FAILED_VERIFICATION;
	if (rc != CURLE_OK)
		snprintf(p->why, sizeof(p->why), "%s",
		    why[0] != '\0' ? why : curl_easy_strerror(rc));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &p->status);
	if (rc == CURLE_OK && curl_easy_header(curl, "Date", 0, CURLH_HEADER,
				  -1, &date) == CURLHE_OK)
		p->date = (int64_t)curl_getdate(date->value, NULL);
	p->expires = expiry(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
}
