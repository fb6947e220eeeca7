/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/xalloc.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

struct members {
	struct group_member *items;
	size_t count;
};

/* nologin(8), or what was taken for it before: every service has one. */
static bool logs_in(const struct passwd *user)
{
	const char *slash = strrchr(user->pw_shell, '/');

	return !slash || (!streq(slash, "/nologin") && !streq(slash, "/false"));
}

static void add_member(struct members *members, const struct passwd *user)
{
	*array_push(members->items, members->count) = (struct group_member){
		.uid = user->pw_uid, .logs_in = logs_in(user) };
}

/* Whom the group lists; a name that no user has stands for nobody. */
static void add_listed(struct members *members, gid_t gid)
{
	struct texts names = { .items = NULL };
	const struct group *group = getgrgid(gid);

	for (char **name = group ? group->gr_mem : NULL; name && *name; name++)
		texts_add(&names, *name);
	for (size_t i = 0; i < names.count; i++) {
		const struct passwd *user = getpwnam(names.items[i]);

		if (user)
			add_member(members, user);
	}
	texts_clear(&names);
}

/* Whose own it is; no group lists these. */
static void add_owners(struct members *members, gid_t gid)
{
	const struct passwd *user;

	setpwent();
	while ((user = getpwent()))
		if (user->pw_gid == gid)
			add_member(members, user);
	endpwent();
}

static int posix_group_members(struct world *world, unsigned gid,
			       struct group_member **items, size_t *count)
{
	struct members members = { .items = NULL };

	(void)world;
	add_listed(&members, gid);
	add_owners(&members, gid);
	*items = members.items;
	*count = members.count;
	return 0;
}

void world_posix_add_members(struct world *world)
{
	world->group_members = posix_group_members;
}
