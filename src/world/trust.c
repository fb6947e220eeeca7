/* SPDX-License-Identifier: MIT */
#include "world/trust.h"

#include "base/path.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define MODE_STICKY 01000
#define MODE_WRITE_GROUP 020
#define MODE_WRITE_OTHERS 02
#define MODE_OF_OTHERS 077
#define MODE_READ_GROUP 040
#define LINKS_MAX 40			/* as the kernel has it */
#define HERE "/proc/self/cwd"

static bool is_foreign(unsigned owner, unsigned uid)
{
	return owner != 0 && owner != uid;
}

enum trust trust_judge(const struct file_info *info, unsigned uid)
{
	if (info->mode & (MODE_WRITE_GROUP | MODE_WRITE_OTHERS))
		return TRUST_WRITABLE;
	return is_foreign(info->uid, uid) ? TRUST_FOREIGN : TRUST_FULL;
}

/* ---- Those who have a right to it -------------------------------------- */

static bool is_ours(const struct group_member *member, unsigned uid)
{
	return !is_foreign(member->uid, uid);
}

static bool is_service(const struct group_member *member, unsigned uid)
{
	(void)uid;
	return !member->logs_in;
}

/* Is everybody in the group as FITS wants? */
static bool group_fits(struct world *world, unsigned gid,
		       bool (*fits)(const struct group_member *, unsigned))
{
	struct group_member *members;
	size_t count;
	bool all = true;

	if (world->group_members(world, gid, &members, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		all &= fits(&members[i], world->uid);
	free(members);
	return all;
}

/* Only root and we can write to it by the rights of group and access list. */
static bool writers_are_ours(struct world *world, const char *path)
{
	struct file_holder *holders;
	size_t count;
	bool all = true;

	if (world->file_holders(world, WORLD_CWD, path, FILE_WRITE, &holders,
				&count))
		return false;
	for (size_t i = 0; i < count; i++)
		all &= holders[i].is_group ?
		       group_fits(world, holders[i].id, is_ours) :
		       !is_foreign(holders[i].id, world->uid);
	free(holders);
	return all;
}

bool trust_hides(struct world *world, const char *path,
		 const struct file_info *info)
{
	struct file_holder *holders;
	size_t count;
	bool all;

	if ((info->mode & MODE_OF_OTHERS) == 0)
		return true;
	if ((info->mode & MODE_OF_OTHERS) != MODE_READ_GROUP ||
	    world->file_holders(world, WORLD_CWD, path, FILE_READ, &holders,
				&count))
		return false;
	all = count > 0;
	for (size_t i = 0; i < count; i++)
		all &= holders[i].is_group &&
		       group_fits(world, holders[i].id, is_service);
	free(holders);
	return all;
}

/* ---- The way to it ----------------------------------------------------- */

struct walk {
	struct world *world;
	char *at;		/* where it has come to, without links; "": / */
	char *rest;		/* what is still to be walked */
	unsigned links;
	struct file_info info;	/* of AT */
};

static enum trust judge_way(struct world *world, const char *path,
			    const struct file_info *info)
{
	bool sticky = info->mode & MODE_STICKY;

	if (info->kind == FILE_LINK)
		return is_foreign(info->uid, world->uid) ? TRUST_FOREIGN :
							   TRUST_FULL;
	if (info->kind != FILE_DIRECTORY)
		return trust_judge(info, world->uid);
	if (is_foreign(info->uid, world->uid))
		return TRUST_FOREIGN;
	if (sticky || !(info->mode & (MODE_WRITE_GROUP | MODE_WRITE_OTHERS)))
		return TRUST_FULL;
	return info->mode & MODE_WRITE_OTHERS ||
	       !writers_are_ours(world, path) ? TRUST_WRITABLE : TRUST_FULL;
}

/* To where the link at AT leads. False: nowhere. */
static bool walk_link(struct walk *walk)
{
	char *target, *rest = walk->rest, *slash = strrchr(walk->at, '/');
	int error = walk->world->link_read(walk->world, WORLD_CWD, walk->at,
					   &target);

	if (error || ++walk->links > LINKS_MAX) {
		if (!error)
			free(target);
		return false;
	}
	walk->rest = xasprintf("%s/%s", target, rest);
	if (target[0] == '/')
		walk->at[0] = '\0';
	else
		*slash = '\0';
	free(rest);
	free(target);
	return true;
}

static bool is_done(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/* Takes the next component off REST. */
static void walk_on(struct walk *walk)
{
	size_t begin = strspn(walk->rest, "/");
	size_t size = strcspn(walk->rest + begin, "/");
	char *part = xstrndup(walk->rest + begin, size);
	char *rest = xstrdup(walk->rest + begin + size);
	char *at = path_join(walk->at, part);

	free(walk->at);
	free(walk->rest);
	free(part);
	walk->at = at;
	walk->rest = rest;
}

/*
 * Ends at the first part that is not trusted, with INFO of it; true: all is, as
 * far as it is there. AT_END: the whole was there, with INFO of what it is.
 */
static bool walk_all(struct walk *walk, bool *at_end)
{
	struct world *world = walk->world;

	*at_end = false;
	for (;;) {
		const char *at = walk->at[0] ? walk->at : "/";

		if (world->file_info(world, WORLD_CWD, at, false, &walk->info))
			return true;
		if (judge_way(world, at, &walk->info) != TRUST_FULL)
			return false;
		if (walk->info.kind == FILE_LINK) {
			if (!walk_link(walk))
				return true;
		} else {
			*at_end = is_done(walk);
		}
		if (*at_end)
			return true;
		if (!is_done(walk))
			walk_on(walk);
	}
}

/* The part that is not trusted, with *INFO of it, or NULL. With CONTENT also
 * what is at the end has to be trusted like a file. */
static char *find_part(struct world *world, const char *path, bool content,
		       struct file_info *info)
{
	struct walk walk = { .world = world, .at = xstrdup("") };
	char *here = NULL, *found = NULL;
	bool trusted, at_end = false;

	if (path[0] != '/')
		world->link_read(world, WORLD_CWD, HERE, &here);
	walk.rest = here ? xasprintf("%s/%s", here, path) : xstrdup(path);
	trusted = (path[0] != '/' && !here) || walk_all(&walk, &at_end);
	if (content && at_end && trusted)
		trusted = trust_judge(&walk.info, world->uid) == TRUST_FULL;
	if (!trusted)
		found = xstrdup(walk.at[0] ? walk.at : "/");
	*info = walk.info;
	free(here);
	free(walk.at);
	free(walk.rest);
	return found;
}

char *trust_walk(struct world *world, const char *path)
{
	struct file_info info;

	return find_part(world, path, false, &info);
}

char *trust_fault(struct world *world, const char *path)
{
	struct file_info info;
	char *part = find_part(world, path, true, &info), *fault;

	if (!part)
		return NULL;
	fault = xasprintf("others can change %s (mode %04o, user %u, group "
			  "%u); %s", part, info.mode, info.uid, info.gid,
			  is_foreign(info.uid, world->uid) ?
			  "chown root it, and chmod go-w" : "chmod go-w it");
	free(part);
	return fault;
}
