/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

/*
 * Messages for people. One line each, lower case, subject first:
 * "mail.example.com: 192.0.2.53 (ns1.example.com.) is silent; waiting".
 * Anything but printable ASCII is written as \xNN, so nothing that comes
 * from the network or a file can forge a line or drive a terminal. Errors
 * and warnings say so in front; lines in a file begin with time and process,
 * and those that go straight to systemd's journal with the priority, as "<3>".
 */
enum log_level { LOG_LEVEL_NO, LOG_LEVEL_NORMAL, LOG_LEVEL_VERBOSE,
		 LOG_LEVEL_DEBUG };

enum log_sink { LOG_SINK_STDERR, LOG_SINK_STDOUT, LOG_SINK_FILE,
		LOG_SINK_SYSLOG, LOG_SINK_NONE };

/*
 * Chooses where messages go, once, at the start. PATH for LOG_SINK_FILE
 * (opened for appending, mode 0640). Errors also go to standard error unless
 * QUIET. Returns 0 or an errno when the file cannot be opened.
 */
int log_open(enum log_sink sink, const char *path, enum log_level level,
	     bool quiet);
void log_close(void);
/* Errors go to syslog as well from now on: those of a hook, whose standard
 * error ends in certbot's log, where nobody looks. Not where standard error is
 * the journal. */
void log_copy_errors_to_syslog(void);

#define LOG_PRINTF __attribute__((format(printf, 1, 2)))
void log_error(const char *format, ...) LOG_PRINTF;	/* always, but for no */
void log_warning(const char *format, ...) LOG_PRINTF;	/* normal */
void log_info(const char *format, ...) LOG_PRINTF;	/* normal */
void log_verbose(const char *format, ...) LOG_PRINTF;
void log_debug(const char *format, ...) LOG_PRINTF;
bool log_wants(enum log_level level);

/* TEXT as messages have it: anything but printable ASCII as \xNN. Allocated. */
char *log_escape(const char *text);
