/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LOG_FILE_MODE 0640
#define TIMESTAMP_SIZE 32

static struct {
	enum log_sink sink;
	enum log_level level;
	bool quiet;
	bool errors_to_syslog;
	int file;
} state = { LOG_SINK_STDERR, LOG_LEVEL_NORMAL, false, false, -1 };

/* Whoever can put a link, or a pipe, in the place of a log must not lead what
 * we write elsewhere, nor hold us up. */
static int open_file(const char *path)
{
	int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
			O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, LOG_FILE_MODE);
	struct stat info;

	if (file < 0)
		return -errno;
	if (fstat(file, &info) == 0 &&
	    (S_ISREG(info.st_mode) || S_ISCHR(info.st_mode)))
		return file;
	close(file);
	return -EINVAL;
}

int log_open(enum log_sink sink, const char *path, enum log_level level,
	     bool quiet)
{
	int file = -1;

	if (sink == LOG_SINK_FILE) {
		file = open_file(path);
		if (file < 0)
			return -file;
	}
	log_close();
	openlog("alnitak", LOG_PID, LOG_DAEMON);
	state.sink = sink;
	state.level = level;
	state.quiet = quiet;
	state.file = file;
	return 0;
}

void log_close(void)
{
	closelog();
	if (state.file >= 0)
		close(state.file);
	state.file = -1;
	state.sink = LOG_SINK_STDERR;
	state.errors_to_syslog = false;
}

void log_copy_errors_to_syslog(void)
{
	state.errors_to_syslog = true;
}

bool log_wants(enum log_level level)
{
	return level != LOG_LEVEL_NO && level <= state.level;
}

/* A C1 control has two octets in UTF-8. */
char *log_escape(const char *text)
{
	char *safe = xmalloc(strlen(text) * 4 + 1);
	char *end = safe;

	for (; *text; text++) {
		if (*text >= ' ' && *text <= '~')
			*end++ = *text;
		else
			end += snprintf(end, sizeof("\\x00"), "\\x%02x",
					(unsigned char)*text);
	}
	*end = '\0';
	return safe;
}

/* One write for one line: other processes append to the same file. */
static void write_to_file(const char *prefix, const char *text)
{
	char stamp[TIMESTAMP_SIZE];
	time_t now = time(NULL);
	struct tm utc;
	char *line, *rest;
	size_t left;
	ssize_t size;

	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	line = xasprintf("%s alnitak[%ld]: %s%s\n", stamp, (long)getpid(),
			 prefix, text);
	rest = line;
	for (left = strlen(line); left > 0; left -= (size_t)size) {
		size = write(state.file, rest, left);
		if (size < 0 && errno == EINTR)
			size = 0;
		if (size < 0)
			break;
		rest += size;
	}
	free(line);
}

/* systemd names its journal by device and inode, as in sd-daemon(3). */
static bool is_journal(FILE *stream)
{
	const char *journal = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return journal && sscanf(journal, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(fileno(stream), &status) == 0 &&
	       status.st_dev == device && status.st_ino == inode;
}

static void write_to_stream(FILE *stream, int priority, const char *prefix,
			    const char *text)
{
	char *line = is_journal(stream) ?
		     xasprintf("<%d>%s%s\n", priority, prefix, text) :
		     xasprintf("%s%s\n", prefix, text);

	fputs(line, stream);
	fflush(stream);
	free(line);
}

/* One journal needs no error twice. */
static bool wants_copy_in_syslog(void)
{
	return state.errors_to_syslog && state.sink != LOG_SINK_SYSLOG &&
	       !(state.sink == LOG_SINK_STDERR && is_journal(stderr));
}

static void deliver(int priority, const char *prefix, const char *text)
{
	switch (state.sink) {
	case LOG_SINK_STDERR:
		write_to_stream(stderr, priority, prefix, text);
		break;
	case LOG_SINK_STDOUT:
		write_to_stream(stdout, priority, prefix, text);
		break;
	case LOG_SINK_FILE:
		write_to_file(prefix, text);
		break;
	case LOG_SINK_SYSLOG:
		syslog(priority, "%s%s", prefix, text);
		break;
	case LOG_SINK_NONE:
		break;
	}
	if (priority != LOG_ERR)
		return;
	if (!state.quiet && state.sink != LOG_SINK_STDERR)
		write_to_stream(stderr, priority, prefix, text);
	if (wants_copy_in_syslog())
		syslog(priority, "%s%s", prefix, text);
}

static void say(enum log_level level, int priority, const char *prefix,
		const char *format, va_list arguments)
	__attribute__((format(printf, 4, 0)));

static void say(enum log_level level, int priority, const char *prefix,
		const char *format, va_list arguments)
{
	char *text = NULL, *safe;
	int error = errno;

	if (!log_wants(level))
		return;
	if (vasprintf(&text, format, arguments) < 0)
		text = xstrdup("out of memory for a message");
	safe = log_escape(text);
	deliver(priority, prefix, safe);
	free(safe);
	free(text);
	errno = error;
}

#define SAY(level, priority, prefix) do { \
	va_list arguments; \
	va_start(arguments, format); \
	say(level, priority, prefix, format, arguments); \
	va_end(arguments); \
} while (0)

void log_error(const char *format, ...)
{
	SAY(LOG_LEVEL_NORMAL, LOG_ERR, "error: ");
}

void log_warning(const char *format, ...)
{
	SAY(LOG_LEVEL_NORMAL, LOG_WARNING, "warning: ");
}

void log_info(const char *format, ...)
{
	SAY(LOG_LEVEL_NORMAL, LOG_INFO, "");
}

void log_verbose(const char *format, ...)
{
	SAY(LOG_LEVEL_VERBOSE, LOG_INFO, "");
}

void log_debug(const char *format, ...)
{
	SAY(LOG_LEVEL_DEBUG, LOG_DEBUG, "");
}
