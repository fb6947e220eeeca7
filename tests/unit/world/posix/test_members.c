/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Debian has these on every host. */
#define DAEMON 1
#define UNUSED 4000000000U

static struct world world;

/* Is UID in the group, as one that does, or does not, log in? */
static bool has(unsigned gid, unsigned uid, bool logs_in)
{
	struct group_member *members;
	size_t count, found = 0;

	assert_int_equal(world.group_members(&world, gid, &members, &count),
			 0);
	for (size_t i = 0; i < count; i++)
		found += members[i].uid == uid &&
			 members[i].logs_in == logs_in;
	free(members);
	return found > 0;
}

/* The user's own group lists nobody. */
TEST(own_groups)
{
	assert_true(has(0, 0, true));
	assert_false(has(0, 0, false));
	assert_true(has(DAEMON, DAEMON, false));
	assert_false(has(DAEMON, DAEMON, true));
	assert_false(has(DAEMON, 0, true));
}

/* Whoever is listed first by any group of this host, if one is. */
TEST(listed)
{
	char line[1000], *at;
	FILE *file = fopen("/etc/group", "r"), *users;
	char name[200] = "", entry[1000];
	unsigned gid = 0, uid = 0;

	assert_non_null(file);
	while (!name[0] && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*[^:]:%*[^:]:%u:%199[^,\n]", &gid,
			   name) != 2)
			name[0] = '\0';
	fclose(file);
	if (!name[0])
		skip();
	users = fopen("/etc/passwd", "r");
	assert_non_null(users);
	while (fgets(entry, sizeof(entry), users)) {
		at = strchr(entry, ':');
		if (at && (size_t)(at - entry) == strlen(name) &&
		    strncmp(entry, name, strlen(name)) == 0)
			uid = (unsigned)strtoul(strchr(at + 1, ':') + 1, NULL,
						10);
	}
	fclose(users);
	assert_true(has(gid, uid, true) || has(gid, uid, false));
}

TEST(nobody_is_in_it)
{
	struct group_member *members;
	size_t count;

	assert_int_equal(world.group_members(&world, UNUSED, &members, &count),
			 0);
	assert_int_equal(count, 0);
	assert_null(members);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_groups),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_nobody_is_in_it),
	};
	int failed;

	world_posix_open(&world);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_posix_close(&world);
	return failed;
}
