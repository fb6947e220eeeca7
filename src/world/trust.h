/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * Who else may write here? What tells a program of root what to do or whom to
 * believe (states, the configuration, programs, keys) must be root's or our
 * own, and nobody else's to change. This is the only place that says what that
 * means: run and configtest ask it of directories, exec.c of programs,
 * keyring.c of keys. Links are followed before: INFO is of what they lead to.
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
 * A directory on the way to it, where others must not be able to put another
 * in its place: a sticky one that everybody writes to, as /tmp is, keeps them
 * from that, and a group that may write to it counts as chosen by root.
 */
enum trust trust_judge_way(const struct file_info *info, unsigned uid);

/* A secret: nobody but its owner has any right to it. */
bool trust_hides(const struct file_info *info);

/*
 * Walks PATH, which is absolute, from the root to the file: the first part
 * that is not fully trusted, allocated; NULL where all are. What is not there
 * is no fault yet.
 */
char *trust_walk(struct world *world, const char *path);
