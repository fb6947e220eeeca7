/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"
#include "support/run.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	fake_net.probe = PROBE_SAW_NEW;
	return 0;
}

static char *check(struct options options, enum exit_status want)
{
	options.command = command_find("check");
	capture_begin();
	assert_int_equal(command_check(&host->world, &host->config, &options),
			 want);
	return capture_end();
}

TEST(all_good)
{
	unsigned updates = fake_net.updates;
	char *text = check((struct options){ 0 }, EXIT_CHECK_OK);

	assert_null(strstr(text, "BAD"));
	assert_ptr_equal(strstr(text, "ALNITAK OK - all is good with 1 target "
				"| '" NAME "'="), text);
	assert_int_equal(fake_net.trials, 1);
	assert_non_null(strstr(text, "good  certificate: version 1"));
	assert_non_null(strstr(text, "good  links: "));
	assert_non_null(strstr(text, "good  " HOST_OWNER " at "));
	assert_non_null(strstr(text, "good  services: "));
	assert_int_equal(fake_net.updates, updates);
	free(text);
}

TEST(a_record_is_gone)
{
	char *text;

	tlsa_set_clear(&fake_net.served);
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   " HOST_OWNER " at "));
	free(text);
}

/* Nobody looked until B had expired. */
TEST(live_is_not_fit)
{
	char *text;

	host_renew(host, 2);
	pass_time(host, 200 * 24 * HOUR_MS);
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   certificate: live shows version "
			       "2, which expired on 20"));
	free(text);
}

/* What the last run left standing, and what is configured no more. */
TEST(a_standing_alarm_and_a_stray)
{
	char other[] = "other";
	char *one[] = { other };
	char *text;

	fake_net.manner = FAKE_REFUSES;
	host_renew(host, 2);
	host_pass(host, "run", EXIT_FAILED);
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   alarm: since 2027-01-15 08:00:00 "
			       "UTC: " NAME ": "));
	free(text);
	host->target.name = other;
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "\n" NAME "\n  BAD   configuration: "
			       NAME ": no longer in the configuration"));
	assert_non_null(strstr(text, "BAD   alarm: since "));
	free(text);
	text = check((struct options){ .arguments = one, .argument_count = 1 },
		     EXIT_CHECK_CRITICAL);
	assert_null(strstr(text, "no longer in the configuration"));
	free(text);
}

/* Nobody waits for it, and nobody shall forget it. */
TEST(an_ignored_server)
{
	char *text;

	fake_net.ignored = true;
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, HOST_OWNER " at 192.0.2.2 : not asked"));
	free(text);
}

/* The primary has another address, which answers. */
TEST(a_spare_primary)
{
	char *text;

	fake_net.spare = true;
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, "----  " HOST_OWNER " at 192.0.2.3 : no "
			       "answer: a primary that is not needed"));
	free(text);
}

/* Asked at any time; what is not seen there is neither good nor bad. */
TEST(resolvers_elsewhere)
{
	struct address resolver = { .family = 4, .bytes = { 192, 0, 2, 9 },
				    .port = 53 };
	char *text;

	host->config.outside = &resolver;
	host->config.outside_count = 1;
	fake_net.outside = tlsa_set_copy(&fake_net.served);
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, "good  " HOST_OWNER " at 192.0.2.9 "
			       "(outside): holds {3 1 1 "));
	free(text);
	fake_net.outside_silent = true;
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, "----  " HOST_OWNER " at 192.0.2.9 "
			       "(outside): was not looked at: no answer"));
	free(text);
	fake_net.outside_silent = false;
	tlsa_set_clear(&fake_net.outside);
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   " HOST_OWNER " at 192.0.2.9 "
			       "(outside): says that there is no TLSA record"));
	free(text);
	host_add_record(host, 2, &fake_net.outside);
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "in which nothing matches"));
	free(text);
}

TEST(a_service_presents_another)
{
	char *text;

	fake_net.probe = PROBE_SAW_OTHER;
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   services: "));
	free(text);
}

/* Of the one target. */
static json_t *findings_in(const json_t *document)
{
	json_t *targets = json_object_get(document, "targets");
	json_t *target = json_array_get(targets, 0);

	assert_int_equal(json_integer_value(json_object_get(document,
							    "schema")), 1);
	assert_int_equal(json_array_size(targets), 1);
	assert_string_equal(json_string_value(json_object_get(target,
							      "target")), NAME);
	return json_object_get(target, "findings");
}

/* Not seen is not good; and bad where nobody said what else to go by. */
TEST(services_are_not_probed)
{
	json_t *all, *json, *last;
	char *text;

	fake_net.probe = PROBE_UNSEEN;
	host->target.probe = CONFIG_PROBE_OFF;
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, "  ----  services: not probed: 25\n"));
	free(text);
	text = check((struct options){ .json = true }, EXIT_CHECK_OK);
	all = json_loads(text, 0, NULL);
	json = findings_in(all);
	last = json_array_get(json, json_array_size(json) - 1);
	assert_true(json_is_null(json_object_get(last, "ok")));
	json_decref(all);
	free(text);
	host->target.probe = CONFIG_PROBE_AUTO;
	host->spec.protocol = "udp";
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "  BAD   services: not probed: 25/udp\n"));
	free(text);
	host->target.linger_given = true;
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, "  ----  services: not probed: 25/udp\n"));
	free(text);
}

TEST(no_zone)
{
	char *text;

	fake_net.no_zone = true;
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   " HOST_OWNER ": "));
	free(text);
}

TEST(named_targets)
{
	char known[] = NAME, unknown[] = "nobody";
	char *both[] = { known, unknown };
	char *text;
	json_t *json;

	free(check((struct options){ .arguments = both, .argument_count = 2 },
		   EXIT_CHECK_UNKNOWN));
	text = check((struct options){ .arguments = both, .argument_count = 1,
				       .json = true }, EXIT_CHECK_OK);
	json = json_loads(text, 0, NULL);
	assert_true(json_array_size(findings_in(json)) >= 4);
	json_decref(json);
	free(text);
}

/* Bad for other reasons than itself. */
TEST(a_key_without_a_right)
{
	char *text;

	fake_net.trial = UPDATE_REFUSED;
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_ptr_equal(strstr(text, "ALNITAK CRITICAL - " NAME ": update of "
				HOST_OWNER ": 192.0.2.1 says no to a trial"),
			 text);
	free(text);
	fake_net.trial = UPDATE_RACED;
	text = check((struct options){ 0 }, EXIT_CHECK_WARNING);
	assert_non_null(strstr(text, "\n  warn  update of " HOST_OWNER));
	free(text);
}

TEST(little_is_left)
{
	free(check((struct options){ .warning_ms = INT64_MAX / 2 },
		   EXIT_CHECK_WARNING));
	free(check((struct options){ .critical_ms = INT64_MAX / 2 },
		   EXIT_CHECK_CRITICAL));
}

/* The messages say why. */
TEST(directories_cannot_be_used)
{
	char *text;

	host->config.dane_directory = lent("/none");
	text = check((struct options){ 0 }, EXIT_CHECK_UNKNOWN);
	assert_non_null(strstr(text, "ALNITAK UNKNOWN - this host: "));
	free(text);
}

static int tell_full(struct world *world, int dir, struct dir_space *space)
{
	(void)world;
	(void)dir;
	*space = (struct dir_space){ 0, UINT64_MAX, false };
	return 0;
}

static int refuse(struct world *world, int dir, const char *path)
{
	(void)world;
	(void)dir;
	(void)path;
	return -EACCES;
}

/* Nothing is asked; the last run's word is told, where it left one. */
TEST(not_root)
{
	char *path = xasprintf("%s/status.json", host->fixture->root), *text;
	unsigned surveys;

	host->config.status_file = path;
	host_pass(host, "run", EXIT_DONE);
	host->world.uid = 1000;
	host->world.dir_open = refuse;
	surveys = fake_net.surveys;
	text = check((struct options){ 0 }, EXIT_CHECK_OK);
	assert_non_null(strstr(text, "\n  good  certificate in service: "));
	assert_non_null(strstr(text, "\n  ----  state directory: "));
	assert_int_equal(fake_net.surveys, surveys);
	assert_int_equal(fake_net.trials, 0);
	free(text);
	host->config.status_file = NULL;
	text = check((struct options){ 0 }, EXIT_CHECK_UNKNOWN);
	assert_non_null(strstr(text, "can be read by root alone"));
	free(text);
	host->config.status_file = lent("/none/status.json");
	free(check((struct options){ 0 }, EXIT_CHECK_CRITICAL));
	free(path);
}

/* To be told first, whatever follows from it. */
TEST(a_full_disk)
{
	char *text;

	host->world.dir_space = tell_full;
	fake_net.trial = UPDATE_REFUSED;
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_ptr_equal(strstr(text, "ALNITAK CRITICAL - this host: state "
				"directory: "), text);
	free(text);
}

TEST(damaged_state)
{
	char *text;

	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	text = check((struct options){ 0 }, EXIT_CHECK_CRITICAL);
	assert_non_null(strstr(text, "BAD   state: "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(all_good),
		CASE(a_record_is_gone),
		CASE(live_is_not_fit),
		CASE(a_standing_alarm_and_a_stray),
		CASE(an_ignored_server),
		CASE(a_spare_primary),
		CASE(resolvers_elsewhere),
		CASE(a_service_presents_another),
		CASE(services_are_not_probed),
		CASE(no_zone),
		CASE(named_targets),
		CASE(a_key_without_a_right),
		CASE(little_is_left),
		CASE(directories_cannot_be_used),
		CASE(not_root),
		CASE(a_full_disk),
		CASE(damaged_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
