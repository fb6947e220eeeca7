/* SPDX-License-Identifier: MIT */
#include "world/trust.h"

#include "base/xalloc.h"
#include "unit.h"

#define US 1000
#define OTHER 1001

TEST(judge)
{
	static const struct {
		unsigned mode, uid;
		enum trust trust;
	} rows[] = {
		{ 0700, 0, TRUST_FULL },
		{ 0755, US, TRUST_FULL },
		{ 0700, OTHER, TRUST_FOREIGN },
		{ 0775, 0, TRUST_WRITABLE },
		{ 0757, 0, TRUST_WRITABLE },
		{ 01777, 0, TRUST_WRITABLE },
		{ 01777, OTHER, TRUST_WRITABLE },
		{ 0720, 0, TRUST_WRITABLE },
		{ 0702, US, TRUST_WRITABLE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct file_info info = { .kind = FILE_DIRECTORY,
					  .mode = rows[i].mode,
					  .uid = rows[i].uid };

		if (trust_judge(&info, US) != rows[i].trust)
			fail_msg("row %zu", i);
	}
}

/* ---- A file system ----------------------------------------------------- */

#define DIR FILE_DIRECTORY
#define REG FILE_REGULAR
#define LINK FILE_LINK

static struct node {
	const char *path;
	enum file_kind kind;
	unsigned mode, uid;
	const char *target;
} nodes[] = {
	{ "/", DIR, 0755, 0, NULL },
	{ "/opt", DIR, 0755, 0, NULL },
	{ "/opt/a", DIR, 0755, 0, NULL },
	{ "/opt/a/tool", REG, 0755, 0, NULL },
	{ "/etc", DIR, 0755, 0, NULL },
	{ "/etc/far", LINK, 0777, 0, "/opt/a" },
	{ "/etc/near", LINK, 0777, 0, "../opt//./a/" },
	{ "/etc/round", LINK, 0777, 0, "round" },
	{ "/etc/root", LINK, 0777, 0, "/" },
	{ "/proc/self/cwd", LINK, 0777, 0, "/opt" },
};
/* Of what groups and lists may write to, or read. */
static struct file_holder holder;
static size_t holders;
static struct group_member member;
static size_t members;
static bool unknown;

static struct node *find(const char *path)
{
	for (size_t i = 0; i < COUNT(nodes); i++)
		if (strcmp(nodes[i].path, path) == 0)
			return &nodes[i];
	return NULL;
}

static int tell_info(struct world *world, int dir, const char *name,
		     bool follow, struct file_info *info)
{
	const struct node *node = find(name);

	(void)world;
	(void)follow;
	assert_int_equal(dir, WORLD_CWD);
	if (!node)
		return -ENOENT;
	*info = (struct file_info){ .kind = node->kind, .mode = node->mode,
				    .uid = node->uid };
	return 0;
}

static int tell_target(struct world *world, int dir, const char *name,
		       char **target)
{
	(void)world;
	assert_int_equal(dir, WORLD_CWD);
	*target = xstrdup(find(name)->target);
	return 0;
}

static int tell_holders(struct world *world, int dir, const char *name,
			enum file_right right, struct file_holder **items,
			size_t *count)
{
	(void)world;
	(void)right;
	assert_int_equal(dir, WORLD_CWD);
	assert_non_null(find(name));
	*items = xmemdup(&holder, sizeof(holder));
	*count = holders;
	return 0;
}

static int tell_members(struct world *world, unsigned gid,
			struct group_member **items, size_t *count)
{
	(void)world;
	assert_int_equal(gid, holder.id);
	if (unknown)
		return -EIO;
	*items = xmemdup(&member, sizeof(member));
	*count = members;
	return 0;
}

static struct world world = {
	.uid = US, .file_info = tell_info, .link_read = tell_target,
	.file_holders = tell_holders, .group_members = tell_members,
};

/* ---- Secrets ----------------------------------------------------------- */

static bool hides(unsigned mode)
{
	const struct file_info info = { .kind = FILE_REGULAR, .mode = mode };

	return trust_hides(&world, "/opt/a/tool", &info);
}

TEST(hides)
{
	holders = 0;
	assert_true(hides(0600));
	assert_true(hides(0400));
	for (unsigned bit = 01; bit <= 040; bit <<= 1)
		assert_false(hides(0600 | bit));
}

TEST(hides_from_all_but_services)
{
	holders = members = 1;
	holder = (struct file_holder){ true, 105 };
	member = (struct group_member){ .uid = OTHER };
	assert_true(hides(0640));
	assert_true(hides(0440));
	for (unsigned bit = 01; bit < 040; bit <<= 1)
		assert_false(hides(0640 | bit));
	member.logs_in = true;
	assert_false(hides(0640));
	/* Whoever it is: as root's own group it is no service's. */
	member.uid = 0;
	assert_false(hides(0640));
	member.uid = US;
	assert_false(hides(0640));
	/* A group for whom nobody is is nobody else. */
	members = 0;
	assert_true(hides(0640));
	unknown = true;
	assert_false(hides(0640));
	unknown = false;
	/* A user of an access list. */
	holder.is_group = false;
	assert_false(hides(0640));
}

/* ---- A path ------------------------------------------------------------ */

static void expect(const char *path, const char *found)
{
	char *part = trust_walk(&world, path);

	if (!found && part)
		fail_msg("%s: %s", path, part);
	if (found && (!part || strcmp(part, found) != 0))
		fail_msg("%s: %s, not %s", path, part ? part : "none", found);
	free(part);
}

static void try_paths(const char *found)
{
	expect("/opt/a/tool", found);
	expect("/etc/far/tool", found);
	expect("/etc/near/tool", found);
	expect("/etc/../opt/./a//tool", found);
	expect("/etc/root/etc/far/tool", found);
	expect("a/tool", found);
}

static void try_mode(const char *path, unsigned mode, bool good)
{
	struct node *node = find(path);
	unsigned kept = node->mode;

	node->mode = mode;
	try_paths(good ? NULL : path);
	node->mode = kept;
}

static void try_owner(const char *path, unsigned uid, bool good)
{
	find(path)->uid = uid;
	try_paths(good ? NULL : path);
	find(path)->uid = 0;
}

/* Every part counts, wherever the way leads, and the file by the stricter
 * rule. */
TEST(walk)
{
	static const char *const above[] = { "/", "/opt", "/opt/a" };

	holders = 0;
	for (size_t i = 0; i < COUNT(above); i++) {
		try_mode(above[i], 01777, true);
		try_mode(above[i], 0777, false);
		try_mode(above[i], 0757, false);
		try_owner(above[i], US, true);
		try_owner(above[i], OTHER, false);
	}
	try_mode("/opt/a/tool", 0755, true);
	try_mode("/opt/a/tool", 0775, false);
	try_mode("/opt/a/tool", 01777, false);
	try_owner("/opt/a/tool", OTHER, false);
	expect("/opt/none/x", NULL);
	expect("/etc/round/x", NULL);
	expect("/etc/root", NULL);
}

/* In a sticky directory anybody can have put it there. */
TEST(walk_by_a_link_of_others)
{
	find("/etc/far")->uid = OTHER;
	expect("/etc/far/tool", "/etc/far");
	expect("/etc/near/tool", NULL);
	find("/etc/far")->uid = US;
	expect("/etc/far/tool", NULL);
	find("/etc/far")->uid = 0;
}

/* A directory that a group may write to, or whom an access list names. */
TEST(walk_by_a_group)
{
	holders = members = 1;
	holder = (struct file_holder){ true, 50 };
	member = (struct group_member){ .uid = OTHER };
	try_mode("/opt", 0775, false);
	try_mode("/opt", 01775, true);
	member.uid = US;
	try_mode("/opt", 0775, true);
	member.uid = 0;
	try_mode("/opt", 0775, true);
	unknown = true;
	try_mode("/opt", 0775, false);
	unknown = false;
	holder = (struct file_holder){ false, OTHER };
	try_mode("/opt", 0775, false);
	holder.id = US;
	try_mode("/opt", 0775, true);
	holders = 0;
	try_mode("/opt", 0775, true);
}

static void expect_fault(const char *path, const char *part)
{
	char *fault = trust_fault(&world, path);

	if (!part)
		assert_null(fault);
	else if (!fault || !strstr(fault, part))
		fail_msg("%s: %s", path, fault ? fault : "good");
	free(fault);
}

TEST(fault)
{
	expect_fault("/etc/far/tool", NULL);
	expect_fault("/opt/none", NULL);
	expect_fault("/etc/root", NULL);
	/* At the end a directory is content. */
	find("/opt/a")->mode = 01777;
	expect_fault("/opt/a/tool", NULL);
	expect_fault("/opt/a", "others can change /opt/a (mode 1777, user 0, "
		     "group 0); chmod go-w it");
	find("/opt/a")->mode = 0775;
	expect_fault("/opt/a", "; chmod go-w it");
	find("/opt/a")->mode = 0755;
	find("/opt")->uid = OTHER;
	expect_fault("/opt/a", "others can change /opt (mode 0755, user 1001, "
		     "group 0); chown root it, and chmod go-w");
	find("/opt")->uid = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_hides),
		cmocka_unit_test(test_hides_from_all_but_services),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_by_a_link_of_others),
		cmocka_unit_test(test_walk_by_a_group),
		cmocka_unit_test(test_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
