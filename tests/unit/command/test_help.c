/* SPDX-License-Identifier: MIT */
#include "command/help.h"

#include "base/xalloc.h"
#include "command/options.h"
#include "support/capture.h"
#include "unit.h"

#include <ctype.h>
#include <stdio.h>

/* ---- The help --------------------------------------------------------- */

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t size = strcspn(text, "\n");
		const char *path = strstr(text, ALNITAK_CONF);
		size_t width = size;

		/* How long that is was chosen when it was configured. */
		if (path && path < text + size)
			width -= strlen(ALNITAK_CONF);
		longest = width > longest ? width : longest;
		text += size + (text[size] == '\n');
	}
	return longest;
}

static void find(const char *text, char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
	free(part);
}

TEST(help)
{
	size_t lines = 0;
	char *help;

	capture_begin();
	help_print();
	help = capture_end();
	for (const struct command *row = commands; row->word; row++)
		if (row->help)
			find(help, xasprintf("\n  %s ", row->word));
		else
			assert_null(strstr(help, row->word));
	for (const struct option_row *row = option_rows; row->word; row++) {
		if (row->letter)
			find(help, xasprintf("  -%c", row->letter));
		else
			find(help, xasprintf("  --%s", row->word));
		if (row->help)
			find(help, xstrdup(row->help));
	}
	find(help, xstrdup(ALNITAK_CONF));
	find(help, xstrdup("\n  --wait[=TIME]   for run, deploy, status and "
			   "remove: stay "));
	find(help, xstrdup("\n  -V, --version  -h, --help\n"));
	for (const char *p = help; *p; p++)
		lines += *p == '\n';
	assert_between(lines, 10, 35);
	assert_between(longest_line(help), 40, 79);
	free(help);
}

/* ---- The manual ------------------------------------------------------- */

static char *manual;

static int read_manual(void **state)
{
	FILE *file = fopen(TOP_SRCDIR "/man/alnitak.8", "r");
	size_t size = 0;

	(void)state;
	assert_non_null(file);
	assert_true(getdelim(&manual, &size, EOF, file) > 1000);
	fclose(file);
	return 0;
}

static int free_manual(void **state)
{
	(void)state;
	free(manual);
	return 0;
}

/* The lines of a section; the caller's. */
static char *section(const char *title)
{
	char *begin = xasprintf("\n.Sh %s\n", title);
	char *at = strstr(manual, begin), *end, *text;

	assert_non_null(at);
	at += strlen(begin);
	end = strstr(at, "\n.Sh ");
	text = xstrndup(at, end ? (size_t)(end + 1 - at) : strlen(at));
	free(begin);
	return text;
}

static char *lower(const char *text)
{
	char *copy = xstrdup(text);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

/* Takes over MORE. */
static void add(char **text, char *more)
{
	char *before = *text;

	*text = xasprintf("%s%s", before, more);
	free(before);
	free(more);
}

static bool begins(const char *text, const char *begin)
{
	return strncmp(text, begin, strlen(begin)) == 0;
}

/* The heads of the list in TEXT, without those of lists inside; the
 * caller's. */
static char *heads(const char *text)
{
	char *lines = xstrdup("");
	unsigned depth = 0;

	while (*text) {
		int size = (int)strcspn(text, "\n");

		depth += begins(text, ".Bl ");
		depth -= begins(text, ".El");
		if (depth == 1 && begins(text, ".It "))
			add(&lines, xasprintf("%.*s\n", size, text));
		text += size + (text[size] == '\n');
	}
	return lines;
}

/* Takes over both. */
static void compare(char *have, char *want)
{
	assert_string_equal(have, want);
	free(have);
	free(want);
}

static char *synopsis_of(const struct option_row *row)
{
	char *value = row->value ? lower(row->value) : NULL, *line;

	if (row->letter)
		line = xasprintf(".Op Fl %c Ar %s\n", row->letter, value);
	else if (!value)
		line = xasprintf(".Op Fl -%s\n", row->word);
	else
		line = xasprintf(".Op Fl -%s Ns %s Ns Ar %s\n", row->word,
				 row->may_lack_value ? "Op =" : "=", value);
	free(value);
	return line;
}

TEST(manual_synopsis)
{
	char *want = xstrdup(".Nm\n.Op Fl ");

	for (const struct option_row *row = option_rows; row->word; row++)
		if (row->letter && !row->value)
			add(&want, xasprintf("%c", row->letter));
	add(&want, xstrdup("\n"));
	for (const struct option_row *row = option_rows; row->word; row++)
		if (row->value || !row->letter)
			add(&want, synopsis_of(row));
	add(&want, xstrdup(".Op Ar command Op Ar argument ...\n"));
	compare(section("SYNOPSIS"), want);
}

static char *paragraph_of_option(const struct option_row *row)
{
	char *value = row->value ? lower(row->value) : NULL, *line;

	if (row->letter && value)
		line = xasprintf(".It Fl %c Ar %s , Fl -%s Ns = Ns Ar %s\n",
				 row->letter, value, row->word, value);
	else if (row->letter)
		line = xasprintf(".It Fl %c , Fl -%s\n", row->letter,
				 row->word);
	else if (value)
		line = xasprintf(".It Fl -%s Ns %s Ns Ar %s\n", row->word,
				 row->may_lack_value ? "Op =" : "=", value);
	else
		line = xasprintf(".It Fl -%s\n", row->word);
	free(value);
	return line;
}

/* Each has a paragraph, in the same order, and nothing else has one. */
TEST(manual_options)
{
	char *text = section("OPTIONS"), *want = xstrdup("");

	for (const struct option_row *row = option_rows; row->word; row++)
		add(&want, paragraph_of_option(row));
	compare(heads(text), want);
	free(text);
}

/* "[NAME]" is "Op Ar name ...", NAME "Ar name ...". */
static char *paragraph_of_command(const struct command *row)
{
	bool may_lack = row->arguments && row->arguments[0] == '[';
	char *name = row->arguments ? lower(row->arguments + may_lack) :
				      xstrdup("");
	char *line;

	name[strcspn(name, "]")] = '\0';
	line = xasprintf(".It Cm %s%s%s%s%s%s\n", row->word,
			 row->alias ? " , " : "", row->alias ? row->alias : "",
			 !*name ? "" : may_lack ? " Op Ar " : " Ar ", name,
			 *name ? " ..." : "");
	free(name);
	return line;
}

TEST(manual_commands)
{
	char *text = section("COMMANDS"), *want = xstrdup("");

	for (const struct command *row = commands; row->word; row++)
		add(&want, paragraph_of_command(row));
	compare(heads(text), want);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_manual_synopsis),
		cmocka_unit_test(test_manual_options),
		cmocka_unit_test(test_manual_commands),
	};

	return cmocka_run_group_tests(tests, read_manual, free_manual);
}
