/* libcurl.c - libcurl's functions, found by their names. */
#include "engine/libcurl.h"

#include <dlfcn.h>

struct libcurl libcurl;

int libcurl_load(struct error *err)
{
	/* Its name has been the same since 2006. */
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	bool found = library != NULL;

#define FIND(name)                                                       \
	if (found) {                                                     \
		*(void **)&libcurl.name = dlsym(library, "curl_" #name); \
		found = libcurl.name != NULL;                            \
	}
	LIBCURL_FUNCTIONS(FIND)
#undef FIND
	if (!found)
		return error_set(
		    err, "libcurl cannot be loaded: %s", dlerror());
	if (libcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, "libcurl cannot be initialised");
	return 0;
}
