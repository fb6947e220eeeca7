/* SPDX-License-Identifier: MIT */
#include "world/trust.h"

#include "base/xalloc.h"
#include "unit.h"

#define US 1000

static struct file_info info_of(enum file_kind kind, unsigned mode,
				unsigned uid)
{
	return (struct file_info){ .kind = kind, .mode = mode, .uid = uid };
}

TEST(judge)
{
	static const struct {
		unsigned mode, uid;
		enum trust trust, on_the_way;
	} rows[] = {
		{ 0700, 0, TRUST_FULL, TRUST_FULL },
		{ 0755, US, TRUST_FULL, TRUST_FULL },
		{ 0700, US + 1, TRUST_FOREIGN, TRUST_FOREIGN },
		{ 0775, 0, TRUST_WRITABLE, TRUST_FULL },
		{ 0757, 0, TRUST_WRITABLE, TRUST_WRITABLE },
		{ 01777, 0, TRUST_WRITABLE, TRUST_FULL },
		{ 01777, US + 1, TRUST_WRITABLE, TRUST_FOREIGN },
		{ 0720, 0, TRUST_WRITABLE, TRUST_FULL },
		{ 0702, US, TRUST_WRITABLE, TRUST_WRITABLE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct file_info info = info_of(FILE_DIRECTORY, rows[i].mode,
						rows[i].uid);

		if (trust_judge(&info, US) != rows[i].trust ||
		    trust_judge_way(&info, US) != rows[i].on_the_way)
			fail_msg("row %zu", i);
	}
}

TEST(hides)
{
	struct file_info info = info_of(FILE_REGULAR, 0600, 0);

	assert_true(trust_hides(&info));
	for (unsigned bit = 01; bit <= 040; bit <<= 1) {
		info.mode = 0600 | bit;
		assert_false(trust_hides(&info));
	}
}

/* ---- A path ------------------------------------------------------------ */

static const char *bad;			/* .. of which INFO is .. */
static struct file_info bad_info;

static int tell_info(struct world *world, int dir, const char *name,
		     bool follow, struct file_info *info)
{
	(void)world;
	assert_int_equal(dir, WORLD_CWD);
	assert_true(follow);
	if (strcmp(name, "/opt/none") == 0)
		return -ENOENT;
	*info = strcmp(name, bad) == 0 ? bad_info :
		info_of(strcmp(name, "/opt/a/tool") == 0 ? FILE_REGULAR :
			FILE_DIRECTORY, 0755, 0);
	return 0;
}

static void expect_walk(const char *path, enum file_kind kind, unsigned mode,
			bool trusted)
{
	struct world world = { .uid = US, .file_info = tell_info };
	char *found;

	bad = path;
	bad_info = info_of(kind, mode, 0);
	found = trust_walk(&world, "/opt/a/tool");
	if (trusted)
		assert_null(found);
	else
		assert_string_equal(found, path);
	free(found);
}

/* Every part counts, and the file by the stricter rule. */
TEST(walk)
{
	static const char *const above[] = { "/", "/opt", "/opt/a" };
	struct world world = { .uid = US, .file_info = tell_info };

	for (size_t i = 0; i < COUNT(above); i++) {
		expect_walk(above[i], FILE_DIRECTORY, 0775, true);
		expect_walk(above[i], FILE_DIRECTORY, 01777, true);
		expect_walk(above[i], FILE_DIRECTORY, 0777, false);
	}
	expect_walk("/opt/a/tool", FILE_REGULAR, 0755, true);
	expect_walk("/opt/a/tool", FILE_REGULAR, 0775, false);
	expect_walk("/opt/a/tool", FILE_REGULAR, 01777, false);
	assert_null(trust_walk(&world, "/opt/none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_hides),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
