/* SPDX-License-Identifier: MIT */
#include "run/damage.h"

#include "base/xalloc.h"
#include "support/links.h"

#define T0 INT64_C(1800000000000)

static struct fixture *fixture;
static char *status_file;

static int open_all(void **state)
{
	fixture_open(state);
	fixture = *state;
	status_file = xasprintf("%s/status.json", fixture->root);
	return 0;
}

static int close_all(void **state)
{
	free(status_file);
	return fixture_close(state);
}

static struct damage load(void)
{
	struct damage damage;

	damage_load(&fixture->real, fixture->places.state, DAMAGE_NAME,
		    status_file, &damage);
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

static bool is_beside(void)
{
	struct file_info info;
	char *path = xasprintf("%s/" DAMAGE_NAME, fixture->root);
	int error = fixture->real.file_info(&fixture->real, WORLD_CWD, path,
					    false, &info);

	free(path);
	return error == 0;
}

/* Where the state directory has no room, and until it has some again. */
TEST(beside_the_status_file)
{
	struct damage damage = load();
	static const char blocks[] = "." DAMAGE_NAME ".tmp";

	damage_found(&damage, "old", "old: damaged", T0);
	save(&damage);
	assert_int_equal(fixture->real.dir_make(&fixture->real,
			 fixture->places.state, blocks, 0700), 0);
	damage = load();
	damage_found(&damage, "mail", "mail: damaged", T0);
	save(&damage);
	assert_true(is_beside());
	damage = load();
	assert_int_equal(damage.count, 2);
	damage_clear(&damage);

	assert_int_equal(fixture->real.dir_remove(&fixture->real,
			 fixture->places.state, blocks), 0);
	damage = load();
	damage.is_new = true;
	save(&damage);
	assert_false(is_beside());
	damage = load();
	assert_int_equal(damage.count, 2);
	damage_clear(&damage);
	/* And where there is no such file, nothing can be noted. */
	free(status_file);
	status_file = NULL;
	assert_int_equal(fixture->real.dir_make(&fixture->real,
			 fixture->places.state, blocks, 0700), 0);
	damage = load();
	damage.is_new = true;
	assert_true(damage_save(&fixture->real, fixture->places.state,
				&damage) < 0);
	damage_clear(&damage);
}

/* A state that can be used again has what was told of it, and one that could
 * not be saved leaves it here. */
TEST(kept_and_handed_back)
{
	struct alarm_note note = { .text = xstrdup("mail: full"),
				   .since_ms = T0 + 5 };
	struct damage damage = load();

	assert_false(damage_hand_back(&damage, "mail", &note));
	alarm_note_told(&note, T0 + 6);
	damage_keep(&damage, "mail", &note);
	damage_keep(&damage, "mail", &note);
	save(&damage);
	alarm_note_clear(&note);

	alarm_note_found(&note, "mail: full", T0 + 300);
	damage = load();
	assert_int_equal(damage.count, 1);
	assert_true(damage_hand_back(&damage, "mail", &note));
	assert_string_equal(note.told, "mail: full");
	assert_true(note.told_ms == T0 + 6 && note.since_ms == T0 + 5);
	assert_false(damage_hand_back(&damage, "mail", &note));
	save(&damage);
	assert_false(is_there());
	alarm_note_clear(&note);
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
		CASE_WITH(from_the_first_to_the_last, open_all, close_all),
		CASE_WITH(beside_the_status_file, open_all, close_all),
		CASE_WITH(kept_and_handed_back, open_all, close_all),
		CASE_WITH(not_what_we_write, open_all, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
