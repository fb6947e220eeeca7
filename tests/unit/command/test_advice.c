/* SPDX-License-Identifier: MIT */
#include "command/advice.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

static struct host *host;
static struct address resolver;
static char *states;		/* what systemctl says, lent */

static int systemd_info(struct world *world, int dir, const char *name,
			bool follow, struct file_info *info)
{
	(void)world;
	(void)dir;
	(void)name;
	(void)follow;
	(void)info;
	return 0;
}

static void systemctl(struct world *world, struct program *program)
{
	(void)world;
	program->output = xstrdup(states);
}

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host->world.file_info = systemd_info;
	host->world.execute = systemctl;
	states = lent("");
	resolver = (struct address){ .family = 4, .bytes = { 127, 0, 0, 1 } };
	host->config.resolvers = &resolver;
	host->config.resolver_count = 1;
	host->config.dnssec_required = true;
	return 0;
}

/* All that is said is WANT, or has it in the one line that is said. */
static void expect(const char *want)
{
	char *text, *end;

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	advice_give(&host->world, &host->config);
	text = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	end = strchr(text, '\n');
	if (*want ? !strstr(text, want) || !end || end[1] : *text)
		fail_msg("\"%s\" is not all of: %s", want, text);
	free(text);
}

TEST(nothing_to_say)
{
	expect("");
}

TEST(no_target)
{
	host->config.target_count = 0;
	expect("warning: alnitak.conf: no target, so nothing is done; add ");
}

TEST(no_reload)
{
	host->target.reload = NULL;
	expect("warning: " NAME ": no reload: ");
}

TEST(a_misspelt_unit)
{
	host->target.reload = lent("systemctl reload postfix dovecto");
	states = lent("LoadState=loaded\nLoadState=loaded\n");
	expect("");
	states = lent("LoadState=loaded\nLoadState=not-found\n");
	expect("warning: " NAME ": reload \"systemctl reload postfix "
	       "dovecto\": systemd has no unit dovecto that it could reload");
}

TEST(no_key)
{
	struct config_zone zones[] = {
		{ .name = lent("com."), .key = lent("/com") },
		{ .name = lent("example.com.") },
	};
	char *key = host->config.key;

	host->config.key = NULL;
	expect("warning: " NAME ": no key to update " HOST_OWNER " with;");
	host->config.zones = zones;
	host->config.zone_count = 1;
	expect("");
	host->config.zone_count = 2;
	expect("no key to update " HOST_OWNER " with;");
	zones[1].key = lent("/example");
	expect("");
	zones[1].key = NULL;
	host->target.api = API_EXEC;
	expect("");
	host->config.key = key;
}

TEST(a_zone_of_nobody)
{
	struct config_zone zone = { .name = lent("example.org.") };

	host->config.zones = &zone;
	host->config.zone_count = 1;
	expect("warning: zone example.org.: no target has a record there");
	zone.name = lent("mail.example.com.");
	expect("");
}

TEST(what_others_find)
{
	char *line = lent("a.conf:7: include \"x/*\" matches no file");

	host->config.unmatched = (struct texts){ &line, 1 };
	expect("warning: a.conf:7: include");
	host->config.unmatched.count = 0;
	resolver.bytes[0] = 192;
	expect("warning: resolver 192.0.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(nothing_to_say), CASE(no_target), CASE(no_reload),
		CASE(a_misspelt_unit), CASE(no_key), CASE(a_zone_of_nobody),
		CASE(what_others_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
