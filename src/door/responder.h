/* responder.h - the FastCGI door: what nginx passes on, answered. */
#ifndef DOOR_RESPONDER_H
#define DOOR_RESPONDER_H

/* Serves until SIGTERM or SIGINT: on descriptor 0 where that is a listening
 * socket, else on one of its own (server.socket, or server.host:port).
 * SIGHUP reads the configuration again. Says its own errors. Returns the exit
 * code: 0, 1, or 4 for a configuration with faults. */
int door_responder(const char *config_path);

#endif
