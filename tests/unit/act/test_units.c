/* SPDX-License-Identifier: MIT */
#include "act/units.h"

#include "base/xalloc.h"
#include "unit.h"

static struct world world;
static const char *answer;	/* NULL: systemctl cannot be started */
static bool booted;
static int status;
static char *asked;

static int fake_info(struct world *at, int dir, const char *name, bool follow,
		     struct file_info *info)
{
	(void)at;
	(void)dir;
	(void)follow;
	(void)info;
	assert_string_equal(name, "/run/systemd/system");
	return booted ? 0 : -ENOENT;
}

static void fake_execute(struct world *at, struct program *program)
{
	struct texts words = { .items = NULL };

	(void)at;
	for (size_t i = 0; program->arguments[i]; i++)
		texts_add(&words, program->arguments[i]);
	free(asked);
	asked = texts_join(&words);
	texts_clear(&words);
	program->error = answer ? 0 : ENOENT;
	program->status = status;
	program->output = answer ? xstrdup(answer) : NULL;
}

static void named(const char *command, const char *want)
{
	struct texts units = { .items = NULL };
	char *have;

	units_named(command, &units);
	have = units.count ? texts_join(&units) : xstrdup("");
	texts_clear(&units);
	if (strcmp(have, want) != 0)
		fail_msg("%s: %s", command, have);
	free(have);
}

TEST(what_is_named)
{
	named("systemctl reload postfix dovecot", "postfix, dovecot");
	named("systemctl -q reload-or-restart --no-block a.service",
	      "a.service");
	named("nginx -t && systemctl reload nginx || systemctl restart b@1",
	      "nginx, b@1");
	named("  /usr/bin/systemctl\ttry-restart x ; true", "x");
	named("systemctl reload a >/dev/null 2>&1", "a");
	named("systemctl reload a 2>/dev/null", "a");
	named("systemctl reload a # b", "a");
	named("systemctl reload a; systemctl reload a b", "a, b");
}

/* What is not sure to be a unit of the system is none. */
TEST(what_is_not)
{
	named(NULL, "");
	named("", "");
	named("systemctl", "");
	named("systemctl reload", "");
	named("systemctl is-active postfix", "");
	named("systemctl --user reload a", "");
	named("systemctl reload a --user", "");
	named("systemctl -M box reload a", "");
	named("systemctl reload $UNIT 'a b' \"c\" d* `e`", "");
	named("sudo systemctl reload a", "");
	named("/opt/systemctl reload a", "");
	named("echo systemctl reload a", "");
}

static void unknown(const char *want)
{
	char *items[] = { lent("a"), lent("b"), lent("c") };
	const struct texts units = { items, 3 };
	struct texts found = { .items = NULL };
	char *have;

	units_find_unknown(&world, &units, &found);
	have = found.count ? texts_join(&found) : xstrdup("");
	texts_clear(&found);
	assert_string_equal(have, want);
	free(have);
}

TEST(what_systemd_says)
{
	world = (struct world){ .file_info = fake_info,
				.execute = fake_execute };
	answer = "LoadState=loaded\n\nLoadState=not-found\n\n"
		 "LoadState=masked\n";
	unknown("");
	assert_null(asked);
	booted = true;
	unknown("b, c");
	assert_string_equal(asked, "/usr/bin/systemctl, show, --no-pager, "
			    "--property=LoadState, --, a, b, c");
	status = 1;
	unknown("");
	status = 0;
	answer = "LoadState=loaded\nLoadState=not-found";
	unknown("");
	answer = "";
	unknown("");
	answer = NULL;
	unknown("");
	free(asked);
	asked = NULL;
}

TEST(nothing_is_asked_for_nothing)
{
	const struct texts none = { .items = NULL };
	struct texts found = { .items = NULL };

	units_find_unknown(&world, &none, &found);
	assert_null(asked);
	assert_int_equal(found.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_named),
		cmocka_unit_test(test_what_is_not),
		cmocka_unit_test(test_what_systemd_says),
		cmocka_unit_test(test_nothing_is_asked_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
