/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * Who else may write here? What tells a program of root what to do or whom to
 * believe (the configuration, keys, programs, states, and all directories on
 * the way to them) must be root's or our own, and nobody else's to change. This
 * is the only place that says what that means, and run asks it as configtest
 * does: of directories and the configuration run_open.c, of keys keyring.c, of
 * programs exec.c.
 */
enum trust {
	TRUST_FULL,
	TRUST_FOREIGN,		/* it belongs to another user than root and us,
				   who can give himself any right */
	TRUST_WRITABLE,		/* its group or everybody can write to it */
};

/* A file or directory whose content is believed. UID is ours. */
enum trust trust_judge(const struct file_info *info, unsigned uid);

/*
 * Walks PATH from the root to the file, and through every symbolic link to
 * where that leads: the first part that is not trusted, allocated; NULL where
 * all are. Others must not be able to put another part in its place: on the way
 * a directory may be written by everybody if it is sticky, as /tmp is, and by a
 * group (or whom an access list names) if that is root and us alone. What is
 * not there is no fault yet. A relative PATH begins where we are.
 */
char *trust_walk(struct world *world, const char *path);

/*
 * What trust_walk() and, for what is at its end, trust_judge() find, as the end
 * of a line: who can change what, and what to do. Allocated, or NULL.
 */
char *trust_fault(struct world *world, const char *path);

/*
 * A secret, the file at PATH with INFO: nobody but its owner has a right to it;
 * or to read it as well a group in which nobody logs in, as that of a service
 * which has the same secret. Everybody never.
 */
bool trust_hides(struct world *world, const char *path,
		 const struct file_info *info);
