/* libcurl.h - libcurl, loaded by the processes that send something.
 *
 * It brings thirty libraries. Linked, they were most of what a start of the
 * program took: also for `status`, for the responder, and for the server that
 * each attempt's Claude asks. */
#ifndef ENGINE_LIBCURL_H
#define ENGINE_LIBCURL_H

/* Its checks of types are for calls by name. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/error.h"

#define LIBCURL_FUNCTIONS(FUNCTION) \
	FUNCTION(easy_cleanup)      \
	FUNCTION(easy_getinfo)      \
	FUNCTION(easy_header)       \
	FUNCTION(easy_init)         \
	FUNCTION(easy_perform)      \
	FUNCTION(easy_reset)        \
	FUNCTION(easy_setopt)       \
	FUNCTION(easy_strerror)     \
	FUNCTION(getdate)           \
	FUNCTION(global_init)       \
	FUNCTION(slist_append)      \
	FUNCTION(slist_free_all)

/* libcurl.easy_init is curl_easy_init, and so on. */
#define LIBCURL_POINTER(name) __typeof__(curl_##name) *name;
struct libcurl {
	LIBCURL_FUNCTIONS(LIBCURL_POINTER)
};
extern struct libcurl libcurl;

/* Loads and initialises it; before any other thread is there. -1: err says why
 * not. */
int libcurl_load(struct error *err);

#endif
