/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_ERR 3	/* RFC 5424; its header would declare syslog() */

/* A file that stands in for DESCRIPTOR meanwhile. */
struct capture {
	int descriptor, saved, file;
	char text[4096];
};

static void capture_begin(struct capture *capture, int descriptor)
{
	char path[] = "/tmp/alnitak-test-XXXXXX";

	fflush(NULL);
	capture->descriptor = descriptor;
	capture->saved = dup(descriptor);
	capture->file = mkstemp(path);
	assert_true(capture->file >= 0);
	unlink(path);
	dup2(capture->file, descriptor);
}

static const char *capture_end(struct capture *capture)
{
	ssize_t size;

	fflush(NULL);
	dup2(capture->saved, capture->descriptor);
	close(capture->saved);
	size = pread(capture->file, capture->text, sizeof(capture->text) - 1,
		     0);
	close(capture->file);
	capture->text[size > 0 ? size : 0] = '\0';
	return capture->text;
}

static void say_all(void)
{
	log_error("e");
	log_warning("w");
	log_info("i");
	log_verbose("v");
	log_debug("d");
}

TEST(levels)
{
	static const char *const expected[] = {
		[LOG_LEVEL_NO] = "",
		[LOG_LEVEL_NORMAL] = "error: e\nwarning: w\ni\n",
		[LOG_LEVEL_VERBOSE] = "error: e\nwarning: w\ni\nv\n",
		[LOG_LEVEL_DEBUG] = "error: e\nwarning: w\ni\nv\nd\n",
	};
	struct capture capture;
	int level;

	for (level = LOG_LEVEL_NO; level <= LOG_LEVEL_DEBUG; level++) {
		assert_int_equal(log_open(LOG_SINK_STDERR, NULL,
					  (enum log_level)level, false), 0);
		capture_begin(&capture, STDERR_FILENO);
		say_all();
		assert_string_equal(capture_end(&capture), expected[level]);
		assert_int_equal(log_wants(LOG_LEVEL_VERBOSE),
				 level >= LOG_LEVEL_VERBOSE);
		assert_false(log_wants(LOG_LEVEL_NO));
	}
	log_close();
}

TEST(nothing_can_forge_a_line)
{
	struct capture capture;

	log_open(LOG_SINK_STDERR, NULL, LOG_LEVEL_NORMAL, false);
	capture_begin(&capture, STDERR_FILENO);
	log_info("%s", "a\nerror: b\r\t\x1b[2J\x7f\xc2\x9b 100%s\\n");
	assert_string_equal(capture_end(&capture),
			    "a\\x0aerror: b\\x0d\\x09\\x1b[2J\\x7f\\xc2\\x9b"
			    " 100%s\\n\n");
	log_close();
}

TEST(errors_are_copied_to_standard_error)
{
	static const enum log_sink sinks[] = { LOG_SINK_STDOUT,
					       LOG_SINK_SYSLOG,
					       LOG_SINK_NONE };
	struct capture out, err;
	size_t i;
	int quiet;

	for (i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		for (quiet = 0; quiet <= 1; quiet++) {
			log_open(sinks[i], NULL, LOG_LEVEL_NORMAL, quiet);
			capture_begin(&out, STDOUT_FILENO);
			capture_begin(&err, STDERR_FILENO);
			say_all();
			assert_string_equal(capture_end(&err),
					    quiet ? "" : "error: e\n");
			assert_string_equal(capture_end(&out),
				sinks[i] == LOG_SINK_STDOUT ?
				"error: e\nwarning: w\ni\n" : "");
		}
	}
	log_close();
}

/* "2025-01-31T23:59:59Z alnitak[123]: warning: w" */
static void assert_line(const char *line, const char *message)
{
	int year, month, day, hour, minute, second, process, end = 0;

	assert_int_equal(sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2dZ alnitak[%d]: "
				"%n", &year, &month, &day, &hour, &minute,
				&second, &process, &end), 7);
	assert_true(year >= 2024 && month >= 1 && month <= 12);
	assert_int_equal(process, getpid());
	assert_string_equal(line + end, message);
}

TEST(file_is_appended_to)
{
	char directory[] = "/tmp/alnitak-test-XXXXXX", path[64], line[256];
	struct stat stat_of_log;
	FILE *file;
	int i;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	umask(022);
	for (i = 0; i < 2; i++) {
		assert_int_equal(log_open(LOG_SINK_FILE, path,
					  LOG_LEVEL_NORMAL, true), 0);
		log_warning("%d\n", i);
		log_close();
	}
	assert_int_equal(stat(path, &stat_of_log), 0);
	assert_int_equal(stat_of_log.st_mode & 0777, 0640);
	file = fopen(path, "r");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_line(line, "warning: 0\\x0a\n");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_line(line, "warning: 1\\x0a\n");
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
	unlink(path);
	rmdir(directory);
}

TEST(file_that_cannot_be_opened)
{
	assert_int_equal(log_open(LOG_SINK_FILE, "/nonexistent/log",
				  LOG_LEVEL_NORMAL, false), ENOENT);
	assert_int_equal(log_open(LOG_SINK_FILE, "/", LOG_LEVEL_NORMAL,
				  false), EISDIR);
}

TEST(links_and_pipes)
{
	char directory[] = "/tmp/alnitak-test-XXXXXX", path[64];
	int reader;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/link", directory);
	assert_int_equal(symlink("log", path), 0);
	assert_int_equal(log_open(LOG_SINK_FILE, path, LOG_LEVEL_NORMAL,
				  false), ELOOP);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(log_open(LOG_SINK_FILE, path, LOG_LEVEL_NORMAL,
				  false), ENXIO);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_int_equal(log_open(LOG_SINK_FILE, path, LOG_LEVEL_NORMAL,
				  false), EINVAL);
	close(reader);
	unlink(path);
	rmdir(directory);
}

/* A full disk is no reason to stop, and errno is the caller's. */
TEST(full_disk)
{
	struct capture capture;

	assert_int_equal(log_open(LOG_SINK_FILE, "/dev/full",
				  LOG_LEVEL_NORMAL, false), 0);
	capture_begin(&capture, STDERR_FILENO);
	errno = EXDEV;
	log_error("still there");
	assert_int_equal(errno, EXDEV);
	assert_string_equal(capture_end(&capture), "error: still there\n");
	log_close();
}

/* ---- The journal, and syslog ------------------------------------------ */

/* What goes to syslog(3), which a checked build calls by another name. */
static struct { unsigned calls; int priority; char text[64]; } sent;

static void note_sent(int priority, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
static void note_sent(int priority, const char *format, va_list arguments)
{
	sent.calls++;
	sent.priority = priority;
	vsnprintf(sent.text, sizeof(sent.text), format, arguments);
}

void syslog(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void syslog(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note_sent(priority, format, arguments);
	va_end(arguments);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list arguments;

	(void)flag;
	va_start(arguments, format);
	note_sent(priority, format, arguments);
	va_end(arguments);
}

/* As systemd tells it, where DESCRIPTOR is its journal. */
static void name_journal(int descriptor)
{
	struct stat status;
	char text[64];

	assert_int_equal(fstat(descriptor, &status), 0);
	snprintf(text, sizeof(text), "%llu:%llu",
		 (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", text, 1), 0);
}

TEST(the_journal_is_told_the_priority)
{
	struct capture capture;

	log_open(LOG_SINK_STDERR, NULL, LOG_LEVEL_DEBUG, false);
	capture_begin(&capture, STDERR_FILENO);
	name_journal(STDERR_FILENO);
	say_all();
	assert_string_equal(capture_end(&capture), "<3>error: e\n"
			    "<4>warning: w\n<6>i\n<6>v\n<7>d\n");
	/* It is inherited by whoever writes elsewhere. */
	capture_begin(&capture, STDERR_FILENO);
	assert_int_equal(setenv("JOURNAL_STREAM", "1:2", 1), 0);
	log_error("e");
	assert_int_equal(setenv("JOURNAL_STREAM", "nonsense", 1), 0);
	log_error("e");
	assert_string_equal(capture_end(&capture), "error: e\nerror: e\n");
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	log_close();
}

TEST(errors_of_a_hook_go_to_syslog)
{
	static const enum log_sink sinks[] = { LOG_SINK_STDERR,
					       LOG_SINK_STDOUT,
					       LOG_SINK_NONE };
	struct capture out, err;

	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		log_open(sinks[i], NULL, LOG_LEVEL_NORMAL, true);
		log_copy_errors_to_syslog();
		sent.calls = 0;
		capture_begin(&out, STDOUT_FILENO);
		capture_begin(&err, STDERR_FILENO);
		say_all();
		log_error("%s", "100%s\n");
		capture_end(&err);
		capture_end(&out);
		assert_int_equal(sent.calls, 2);
		assert_int_equal(sent.priority, LOG_ERR);
		assert_string_equal(sent.text, "error: 100%s\\x0a");
		log_close();
	}
}

TEST(no_error_is_in_one_journal_twice)
{
	struct capture capture;

	sent.calls = 0;
	log_open(LOG_SINK_STDERR, NULL, LOG_LEVEL_NORMAL, false);
	log_copy_errors_to_syslog();
	capture_begin(&capture, STDERR_FILENO);
	name_journal(STDERR_FILENO);
	log_error("e");
	assert_string_equal(capture_end(&capture), "<3>error: e\n");
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	assert_int_equal(sent.calls, 0);
	log_open(LOG_SINK_SYSLOG, NULL, LOG_LEVEL_NORMAL, true);
	log_copy_errors_to_syslog();
	log_error("e");
	assert_int_equal(sent.calls, 1);
	/* No hook, no copy; and not with the level that says nothing. */
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NORMAL, true);
	log_error("e");
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	log_copy_errors_to_syslog();
	log_error("e");
	assert_int_equal(sent.calls, 1);
	log_close();
}

TEST(long_message)
{
	struct capture capture;
	char text[3001];

	memset(text, 'x', 3000);
	text[3000] = '\0';
	log_open(LOG_SINK_STDERR, NULL, LOG_LEVEL_NORMAL, false);
	capture_begin(&capture, STDERR_FILENO);
	log_info("%s", text);
	assert_int_equal(strlen(capture_end(&capture)), 3001);
	log_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_nothing_can_forge_a_line),
		cmocka_unit_test(test_errors_are_copied_to_standard_error),
		cmocka_unit_test(test_file_is_appended_to),
		cmocka_unit_test(test_file_that_cannot_be_opened),
		cmocka_unit_test(test_links_and_pipes),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_the_journal_is_told_the_priority),
		cmocka_unit_test(test_errors_of_a_hook_go_to_syslog),
		cmocka_unit_test(test_no_error_is_in_one_journal_twice),
		cmocka_unit_test(test_long_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
