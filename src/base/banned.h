/* banned.h - a call of one of these does not compile.
 *
 * They cannot be used safely (no bound, hidden state, no error) or would put
 * a shell between us and a program. Included by base.h after the headers
 * that declare them. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll atof system popen

#endif
