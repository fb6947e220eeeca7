/* SPDX-License-Identifier: MIT */
#include "act/batch.h"

#include "base/xalloc.h"
#include "support/run.h"

static struct host *host;
static struct keyring keys;
static struct batch batch;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	batch = (struct batch){ .results = NULL };
	return 0;
}

static int close_all(void **state)
{
	batch_clear(&batch);
	keyring_clear(&keys);
	return host_close(state);
}

/* One that changes nothing, as fake_net knows it. */
static void add(const struct zone *zone, const char *owner)
{
	uint8_t data[32] = { 1 };
	struct tlsa record = { { 3, 1, 1 }, data, sizeof(data) };
	struct change change = { .owner = owner, .zone = zone,
				 .seen = &fake_net.served };

	tlsa_set_add(&change.remove, &record);
	changes_add(&batch.changes, &change);
}

static void send_all(void)
{
	const struct source source = { .world = &host->world,
				       .config = &host->config };

	batch_send(&source, &keys, &batch);
}

/* Two zones, three owners: a message each zone, a result each owner. */
TEST(by_zone)
{
	struct config_zone keyless = { .key = lent("/none/key") };
	struct zone good = { .name = lent("a.") };
	struct zone bad = { .name = lent("b."), .config = &keyless };

	add(&good, "x.a.");
	add(&good, "y.a.");
	add(&bad, "z.b.");
	send_all();
	assert_int_equal(batch.update_count, 1);
	assert_string_equal(batch.updates[0].zone, "a.");
	assert_int_equal(batch.updates[0].change_count, 2);
	assert_int_equal(fake_net.trials, 2);
	assert_int_equal(batch.results[1].verdict, UPDATE_DONE);
	assert_int_equal(batch.results[2].verdict, UPDATE_NOT_SENT);
	assert_non_null(strstr(batch.results[2].detail, "zone b.: "));
	assert_non_null(strstr(batch.results[2].detail, "/none/key"));
}

TEST(no_key_is_configured)
{
	struct zone zone = { .name = lent("a.") };

	free(host->config.key);
	host->config.key = NULL;
	add(&zone, "x.a.");
	send_all();
	assert_int_equal(batch.update_count, 0);
	assert_non_null(strstr(batch.results[0].detail,
			       "zone a.: no key is configured"));
}

TEST(nothing_to_send)
{
	send_all();
	assert_int_equal(batch.update_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(by_zone),
		CASE(no_key_is_configured),
		CASE(nothing_to_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
