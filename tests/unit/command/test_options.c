/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "tell/setup.h"
#include "unit.h"

#include <stdio.h>

#define WORDS_MAX 24

/* The words of a command line; they stay until the next one. */
static char *line;
static char *words[WORDS_MAX + 1];

static int split(const char *text)
{
	char *rest;
	int count = 0;

	free(line);
	line = xasprintf("alnitak %s", text);
	rest = line;
	while (rest && count < WORDS_MAX) {
		char *word = strsep(&rest, " ");

		if (*word)
			words[count++] = word;
	}
	words[count] = NULL;
	return count;
}

static struct options good(const char *text)
{
	struct options options;
	int count = split(text);

	if (options_parse(count, words, &options) != OPTIONS_RUN)
		fail_msg("refused: %s", text);
	return options;
}

/* Parses TEXT with STREAM caught; what was written is the caller's. */
static char *caught(const char *text, FILE **stream, enum options_verdict want)
{
	struct options options;
	char *written = NULL;
	size_t size;
	FILE *kept = *stream;
	int count = split(text);
	enum options_verdict verdict;

	*stream = open_memstream(&written, &size);
	verdict = options_parse(count, words, &options);
	fclose(*stream);
	*stream = kept;
	if (verdict != want)
		fail_msg("\"%s\" gave %d", text, verdict);
	return written;
}

TEST(defaults)
{
	struct options options = good("");

	assert_string_equal(options.command->word, "run");
	assert_string_equal(options.config_path, ALNITAK_CONF);
	assert_null(options.letsencrypt_directory);
	assert_null(options.dane_directory);
	assert_false(options.dry_run);
	assert_int_equal(options.log_sink, LOG_SINK_STDERR);
	assert_int_equal(options.log_level, LOG_LEVEL_NORMAL);
	assert_false(options.quiet);
	assert_false(options.json);
	assert_false(options.wait);
	assert_int_equal(options.argument_count, 0);
}

TEST(commands)
{
	for (const struct command *row = commands; row->word; row++) {
		assert_ptr_equal(good(row->word).command, row);
		if (row->alias)
			assert_ptr_equal(good(row->alias).command, row);
	}
	assert_string_equal(good("reset").command->word, "init");
	assert_string_equal(good("prehook").command->word, "pre");
	assert_string_equal(good("deployhook").command->word, "deploy");
	assert_string_equal(good("posthook").command->word, "post");
}

/* Every row says what must be said, and no letter or word stands twice. */
TEST(rows_are_complete)
{
	for (const struct option_row *row = option_rows; row->word; row++) {
		assert_true(row->take && strlen(row->word) > 1);
		assert_ptr_equal(option_find_word(row->word,
						  strlen(row->word)), row);
		if (row->letter)
			assert_ptr_equal(option_find_letter(row->letter), row);
		/* The help says more only of what has a letter. */
		assert_true(row->help || row->letter);
		assert_true(row->value || (!row->may_lack_value &&
			    !row->values &&
			    row->completes == COMPLETES_NOTHING));
	}
	assert_null(option_find_letter('x'));
	assert_null(option_find_letter('\0'));
	assert_null(option_find_word("lo", 2));
	assert_null(option_find_word("", 0));
	assert_string_equal(option_find_word("lets=x", 4)->word,
			    "letsencrypt-directory");
}

TEST(options)
{
	struct options options = good("-c f -C /l -n deploy -D /d -l /log "
				      "-L debug -q");

	assert_string_equal(options.command->word, "deploy");
	assert_string_equal(options.config_path, "f");
	assert_string_equal(options.letsencrypt_directory, "/l");
	assert_string_equal(options.dane_directory, "/d");
	assert_true(options.dry_run);
	assert_true(options.quiet);
	assert_int_equal(options.log_sink, LOG_SINK_FILE);
	assert_string_equal(options.log_path, "/log");
	assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
	options = good("--config=f --letsencrypt-directory=/l --dry-run "
		       "--dane-directory /d --log=no --log-level no --quiet");
	assert_string_equal(options.letsencrypt_directory, "/l");
	assert_string_equal(options.dane_directory, "/d");
	assert_true(options.dry_run && options.quiet);
	assert_int_equal(options.log_sink, LOG_SINK_NONE);
	assert_int_equal(options.log_level, LOG_LEVEL_NO);
	/* The last one counts, and a word may be cut short. */
	options = good("-c a -c b --quie --conf=d --dry -nn -qnL no");
	assert_string_equal(options.config_path, "d");
	assert_true(options.dry_run && options.quiet);
	assert_int_equal(options.log_level, LOG_LEVEL_NO);
}

TEST(log)
{
	struct options options = good("-l syslog");

	assert_int_equal(options.log_sink, LOG_SINK_SYSLOG);
	assert_null(options.log_path);
	assert_int_equal(good("-l -").log_sink, LOG_SINK_STDOUT);
	assert_int_equal(good("-l no").log_sink, LOG_SINK_NONE);
	assert_int_equal(good("-l x -l no").log_sink, LOG_SINK_NONE);
	assert_null(good("-l x -l no").log_path);
	assert_int_equal(good("-L verbose").log_level, LOG_LEVEL_VERBOSE);
	assert_int_equal(good("-L normal").log_level, LOG_LEVEL_NORMAL);
}

TEST(arguments)
{
	struct options options = good("print a --json b -n c");

	assert_int_equal(options.argument_count, 3);
	assert_string_equal(options.arguments[0], "a");
	assert_string_equal(options.arguments[2], "c");
	assert_true(options.json && options.dry_run);
	options = good("check -- -x");
	assert_int_equal(options.argument_count, 1);
	assert_string_equal(options.arguments[0], "-x");
}

TEST(kinds)
{
	static const char *const bad_lines[] = {
		"setup --server=", "setup --server=nsd", "setup --server=bin",
		"setup --server=bindx", "setup --server=bind,",
		"setup --server=,bind", "setup --service=bind",
		"setup --service", "run --server=bind", "--service=nginx",
	};
	struct options options = good("setup --server bind,powerdns a "
				      "--server=powerdns");

	assert_int_equal(options.servers,
			 1U << SETUP_BIND | 1U << SETUP_POWERDNS);
	assert_int_equal(options.services, 0);
	assert_int_equal(options.argument_count, 1);
	assert_int_equal(good("setup --service haproxy,postfix").services,
			 1U << SETUP_HAPROXY | 1U << SETUP_POSTFIX);
	for (size_t i = 0; i < COUNT(bad_lines); i++)
		free(caught(bad_lines[i], &stderr, OPTIONS_BAD));
}

TEST(wait)
{
	static const struct {
		const char *text;
		int64_t wait_ms;
	} cases[] = {
		{ "--wait", INT64_MAX }, { "--wait=90", 90000 },
		{ "--wait=90s", 90000 }, { "--wait=5m", 300000 },
		{ "--wait=2h", 7200000 }, { "--wait=1d", 86400000 },
		{ "deploy --wait=1", 1000 },
		{ "--wait=3650d run", 3650LL * 86400000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct options options = good(cases[i].text);

		assert_true(options.wait);
		assert_true(options.wait_ms == cases[i].wait_ms);
	}
}

TEST(limits)
{
	struct options options = good("check --warning=30d --critical=10d");

	assert_true(options.warning_ms == 30LL * 86400000);
	assert_true(options.critical_ms == 10LL * 86400000);
	assert_true(options.max_age_ms == 0);
	options = good("check --notify");
	assert_true(options.notifies);
	options = good("--max-age=2h check");
	assert_true(options.max_age_ms == 7200000);
}

/* A command line and what standard error must say about it. */
static const char *const bad_lines[][2] = {
	{ "stauts", "did you mean \"status\"?" },
	{ "pots", "did you mean \"post\"?" },
	{ "confgtest", "did you mean \"configtest\"?" },
	{ "prehok", "did you mean \"prehook\"?" },
	{ "Run", "did you mean \"run\"?" },
	{ "something-quite-different-and-long", "there is no command" },
	{ "zzzz", "there is no command \"zzzz\";" },
	{ "post extra", "post: \"extra\" is too much" },
	{ "run --keep-records", "--keep-records is for remove" },
	{ "run -v", "--details is for status" },
	{ "run x", "run: \"x\" is too much" },
	{ "run --json", "--json is for" }, { "--json", "--json is for" },
	{ "deploy --json", "--json is for" },
	{ "configtest --json", "--json is for" },
	{ "explain --wait", "--wait is for" },
	{ "pre --wait=5", "--wait is for" },
	{ "post --wait", "--wait is for" },
	{ "--wait=", "is no time" }, { "--wait=0", "is no time" },
	{ "--wait=-1", "is no time" }, { "--wait=5x", "is no time" },
	{ "--wait=5mm", "is no time" }, { "--wait=m", "is no time" },
	{ "--wait=3651d", "is no time" },
	{ "--wait=99999999999", "is no time" },
	{ "-L loud", "\"loud\" is none of" }, { "-L", "lacks its value" },
	{ "--log-level", "lacks its value" }, { "-c", "lacks its value" },
	{ "-C le", "\"le\" is no absolute path" },
	{ "-D dane", "\"dane\" is no absolute path" },
	{ "-x", "no option -x" }, { "--bad", "no option \"--bad\"" },
	{ "--json=1 status", "\"--json=1\" takes no value" },
	{ "--quiet=1", "\"--quiet=1\" takes no value" },
	{ "--d", "\"--d\" may be --dane-directory or --dry-run" },
	{ "--lo=x", "\"--lo=x\" may be --log or --log-level" },
	{ "--=x", "no option \"--=x\"" }, { "-n\xff", "no option -?" },
	{ "-nx", "no option -x" }, { "-qc", "\"-qc\" lacks its value" },
	{ "run --json",
	  "run: --json is for status, explain, check and print;" },
	{ "check --warning=5x", "--warning: \"5x\" is no time" },
	{ "check --critical=0", "--critical: \"0\" is no time" },
	{ "check --max-age", "lacks its value" },
	{ "status --warning=5d", "status: --warning is for check;" },
	{ "run --max-age=5m", "run: --max-age is for check;" },
	{ "run --notify", "run: --notify is for check;" },
	{ "pre --wait", "pre: --wait is for run, deploy, status and remove;" },
	{ "prehook x", "pre: \"x\" is too much" },
	{ "--log= run", "the name of the file is empty" },
};

TEST(faults)
{
	for (size_t i = 0; i < sizeof(bad_lines) / sizeof(bad_lines[0]); i++) {
		char *said = caught(bad_lines[i][0], &stderr, OPTIONS_BAD);

		if (!strstr(said, bad_lines[i][1]) ||
		    strchr(said, '\n') != said + strlen(said) - 1)
			fail_msg("\"%s\" gave: %s", bad_lines[i][0], said);
		free(said);
	}
}

/* A word from outside cannot drive the terminal. */
TEST(control_characters)
{
	char *said = caught("\x1b[2Jrun", &stderr, OPTIONS_BAD);

	assert_null(strchr(said, '\x1b'));
	assert_non_null(strstr(said, "\"?[2Jrun\""));
	free(said);
}

/* Neither asks what else stands on the line. */
TEST(version)
{
	char *version = caught("run -V", &stdout, OPTIONS_DONE);

	assert_string_equal(version, "alnitak " PACKAGE_VERSION "\n");
	free(version);
	free(caught("--help stauts", &stdout, OPTIONS_DONE));
}

/* A word may be empty, which split() cannot say. */
TEST(empty_words)
{
	static const char *const lines[][2] = {
		{ "", NULL }, { "-C", "" }, { "-D", "" }, { "-L", "" },
		{ "-l", "" }, { "run", "" },
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		char *argv[] = { lent("alnitak"), lent(lines[i][0]),
				 lent(lines[i][1]), NULL };
		struct options options;
		char *written = NULL;
		size_t size;
		FILE *kept = stderr;

		stderr = open_memstream(&written, &size);
		assert_int_equal(options_parse(lines[i][1] ? 3 : 2, argv,
					       &options), OPTIONS_BAD);
		fclose(stderr);
		stderr = kept;
		assert_non_null(strstr(written, "; see alnitak --help\n"));
		free(written);
	}
}

static int teardown(void **state)
{
	(void)state;
	free(line);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_empty_words),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
