/* SPDX-License-Identifier: MIT */
#include "command/command_complete.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>
#include <sys/stat.h>

#define WORDS_MAX 12

static struct world world;

/* What is offered for LINE, whose last word may be empty. */
static char *offered(const char *line)
{
	struct options options = { .command = command_find("complete") };
	char *words[WORDS_MAX], *copy = xstrdup(line), *rest = copy;
	char *text;

	while (rest && options.argument_count < WORDS_MAX)
		words[options.argument_count++] = strsep(&rest, " ");
	options.arguments = words;
	capture_begin();
	assert_int_equal(command_complete(&world, NULL, &options), EXIT_DONE);
	text = capture_end();
	free(copy);
	return text;
}

static void expect(const char *line, const char *want)
{
	char *have = offered(line);

	if (!streq(have, want))
		fail_msg("\"%s\" gave:\n%s", line, have);
	free(have);
}

/* PART is offered or, with WANT false, not. */
static void expect_part(const char *line, const char *part, bool want)
{
	char *have = offered(line);

	if ((strstr(have, part) != NULL) != want)
		fail_msg("\"%s\" gave:\n%s", line, have);
	free(have);
}

TEST(commands)
{
	for (const struct command *row = commands; row->word; row++) {
		char *part = xasprintf("word %s %s\n", row->word,
				       row->help ? row->help : "");

		expect_part("", part, row->help != NULL);
		free(part);
	}
	expect("st", "word status where every lineage stands and what it "
	       "waits for\n");
	expect("-n -c x st", "word status where every lineage stands and "
	       "what it waits for\n");
	expect("-c st", "file st\n");
	expect("nonsense ", "");
	expect("status ", "");
	expect("complete ", "");
	/* A value is no command, wherever it stands. */
	expect("-qL status conf", "word configtest check the configuration, "
	       "what it names, and the services\n");
	expect("-Lno --log-level no --log=no --wait conf",
	       "word configtest check the configuration, what it names, and "
	       "the services\n");
}

TEST(options)
{
	for (const struct option_row *row = option_rows; row->word; row++) {
		char *word = xasprintf("word --%s", row->word);
		char letter[] = "word -?";

		expect_part("-", word, true);
		expect_part("--", word, true);
		expect_part("run -", word,
			    !row->takes || row->takes == TAKES_WAIT);
		expect_part("print x -", word,
			    !row->takes || row->takes == TAKES_JSON);
		expect_part("setup -", word,
			    !row->takes || row->takes == TAKES_KINDS);
		expect_part("init -", word, !row->takes);
		letter[6] = row->letter;
		if (row->letter)
			expect_part("init -", letter, !row->takes);
		free(word);
	}
	expect("--ver", "word --version\n");
	expect("status --js", "word --json output as JSON\n");
	expect("prehook --js", "");
	expect("check -- -", "");
	expect("--nonsense=", "");
	expect("--json=", "");
	expect("--=", "");
}

TEST(values)
{
	expect("-L ", "word no\nword normal\nword verbose\nword debug\n");
	expect("run -L no", "word no\nword normal\n");
	expect("--log-level v", "word verbose\n");
	expect("--log-level=v", "word --log-level=verbose\n");
	expect("setup --server ", "word bind\nword knot\nword powerdns\n");
	expect("setup --service=d", "word --service=dovecot\n");
	expect("-l ", "word -\nword syslog\nword no\nfile \n");
	expect("--log=/v", "file /v\n");
	expect("--config=/etc/al", "file /etc/al\n");
	expect("-C /etc/l", "directory /etc/l\n");
	expect("--dane-directory /x", "directory /x\n");
	expect("--wait=", "");
	/* What follows --wait is no value of it. */
	expect_part("--wait ", "word run ", true);
}

static void make(const char *path, const char *name)
{
	char *whole = xasprintf("%s/%s", path, name);

	assert_int_equal(mkdir(whole, 0700), 0);
	free(whole);
}

/* Names that could not be typed, and the file that certbot explains itself
 * in, are not offered. */
TEST(lineages)
{
	char *path = test_directory_make();
	char *live = xasprintf("%s/live", path), *line;

	make(path, "live");
	make(live, "mail.test");
	make(live, "www.test");
	make(live, "two words");
	make(live, "line\nbreak");
	make(live, "README");
	line = xasprintf("-C %s check ", path);
	expect(line, "word mail.test\nword www.test\n");
	free(line);
	line = xasprintf("--letsencrypt-directory=%s check www.test m", path);
	expect(line, "word mail.test\n");
	free(line);
	line = xasprintf("-nqC%s print 3", path);
	expect(line, "word 311:\nword 301:\nword 312:\n");
	free(line);
	line = xasprintf("--lets %s print 311:w", path);
	expect(line, "word 311:www.test\nfile w\n");
	free(line);
	expect("-C /nowhere check ", "");
	test_directory_remove(path);
	free(live);
}

static int open_all(void **state)
{
	(void)state;
	world_posix_open(&world);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	world_posix_close(&world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lineages),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
