/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Takes all rights from this process, as far as the kernel and its own rights
 * allow: what cannot be taken stays, and the rest holds all the same.
 */

/* For who makes hands: only these descriptors and standard error stay, another
 * user where it is root, an empty root directory, no new privileges, no files
 * (Landlock), nothing of its memory for others. It can still fork. */
void confine_porter(int porter, int channel);

/* For a hand, after that: no system call but those for memory, the clock, and
 * what goes through descriptors that it was given (seccomp). It cannot make a
 * socket, open a file, start a process, nor signal or trace one. */
void confine_hand(void);

/* What a hand can do all the same, tried in the hand itself: bits. */
enum {
	RIGHT_FILES = 1,	/* open one that is open to all */
	RIGHT_SOCKETS = 2,	/* make one */
	RIGHT_SIGNALS = 4,	/* send one to others of its user */
	RIGHT_ROOT = 8,		/* it is root */
};
unsigned confine_rights(void);

