/* SPDX-License-Identifier: MIT */
#include "run/damage.h"

#include "base/xalloc.h"
#include "support/links.h"

#define T0 INT64_C(1800000000000)

static struct fixture *fixture;

static int open_all(void **state)
{
	fixture_open(state);
	fixture = *state;
	return 0;
}

static struct damage load(void)
{
	struct damage damage;

	damage_load(&fixture->real, fixture->places.state, &damage);
	return damage;
}

static void save(struct damage *damage)
{
	assert_int_equal(damage_save(&fixture->real, fixture->places.state,
				     damage), 0);
	assert_false(damage->is_new);
	damage_clear(damage);
}

static bool is_there(void)
{
	struct file_info info;

	return fixture->real.file_info(&fixture->real, fixture->places.state,
				       DAMAGE_NAME, false, &info) == 0;
}

TEST(from_the_first_to_the_last)
{
	struct damage damage = load();

	assert_int_equal(damage.count, 0);
	damage_gone(&damage, "web", T0);
	assert_false(damage.is_new);
	damage_found(&damage, "mail", "mail: damaged", T0);
	damage_found(&damage, "web", "web: damaged", T0);
	assert_true(damage.is_new);
	alarm_note_told(&damage.items[0].note, T0);
	save(&damage);

	damage = load();
	assert_int_equal(damage.count, 2);
	damage_found(&damage, "mail", "mail: damaged", T0 + 1);
	assert_false(damage.is_new);
	/* Of this one nobody was told, so it goes at once. */
	damage_gone(&damage, "web", T0 + 2);
	damage_gone(&damage, "mail", T0 + 2);
	save(&damage);
	damage = load();
	assert_int_equal(damage.count, 1);
	assert_string_equal(damage.items[0].target, "mail");
	assert_int_equal(alarm_note_due(&damage.items[0].note, T0 + 3),
			 ALARM_END);
	alarm_note_told(&damage.items[0].note, T0 + 3);
	damage.is_new = true;
	assert_true(is_there());
	save(&damage);
	assert_false(is_there());
}

/* It only says what was told already: rather told again than not at all. */
TEST(not_what_we_write)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"mail\": 1}", "{\"mail\": {}}",
		"{\"mail\": {\"alarm\": 1}}",
		"{\"../x\": {\"alarm\": \"a\"}}",
		"{\"mail\": {\"alarm\": \"a\", \"notified_ms\": -1}}",
		"{\"mail\": {\"alarm\": \"a\"}, \"mail\": {\"alarm\": \"b\"}}",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct damage damage;

		test_file_write(fixture->state_path, DAMAGE_NAME, texts[i]);
		damage = load();
		if (damage.count)
			fail_msg("%s", texts[i]);
		damage_found(&damage, "mail", "mail: damaged", T0);
		save(&damage);
		damage = load();
		assert_int_equal(damage.count, 1);
		damage_clear(&damage);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(from_the_first_to_the_last, open_all, fixture_close),
		CASE_WITH(not_what_we_write, open_all, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
