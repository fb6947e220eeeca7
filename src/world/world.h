/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/text.h"
#include "world/errand.h"
#include "world/world_files.h"
#include "world/world_network.h"
#include "world/world_program.h"

#include <errno.h>
#include <stdbool.h>

/*
 * Everything outside the process, as one value. No other file of the program
 * reads a clock, opens a file or a socket, or starts a program (messages in
 * log.c excepted). world_posix_open() gives the real one; tests bring theirs.
 *
 * Functions that can fail return 0 or a negative errno, unless said.
 */
struct world;

struct moment {
	int64_t wall_ms;	/* since 1970, the system's idea */
	int64_t boot_ms;	/* since boot, suspend included */
	char boot_id[40];	/* changes with every boot */
	bool synchronised;	/* a time service steers the wall clock */
};

struct world {
	void *self;
	unsigned uid;		/* of the user as whom the process acts */
	/*
	 * On the boot clock: when ask, handshake and execute end, whatever the
	 * time limits of what they do; 0: no end. pass/budget.c sets it. What
	 * was not answered by then has OUTCOME_NO_TIME; a program that still
	 * runs is killed.
	 */
	int64_t deadline_ms;
	/* Addresses of this host, IPv4 and IPv6, that questions and handshakes
	 * come from; family 0: as the system chooses. To this host's loopback
	 * addresses they come from there all the same, for it may hear nobody
	 * else. main.c sets them. */
	struct address sources[2];

	void (*now)(struct world *, struct moment *);
	void (*sleep)(struct world *, unsigned milliseconds);
	/* Unpredictable octets (RAND_bytes); where there are none the process
	 * ends, with a message and status 4. */
	void (*random)(struct world *, void *data, size_t size);

	/* Handle >= 0. PATH is a path; relative to DIR. */
	int (*dir_open)(struct world *, int dir, const char *path);
	void (*dir_close)(struct world *, int dir);
	int (*dir_make)(struct world *, int dir, const char *name,
			unsigned mode);
	int (*dir_remove)(struct world *, int dir, const char *name);
	/* Sorted, without . and ..; -E2BIG above DIRECTORY_ENTRIES_MAX. The
	 * caller clears NAMES. */
	int (*dir_list)(struct world *, int dir, struct texts *names);
	int (*dir_sync)(struct world *, int dir);
	int (*dir_set_mode)(struct world *, int dir, unsigned mode);

	int (*dir_space)(struct world *, int dir, struct dir_space *space);

	/*
	 * The whole of a regular file, zero-terminated beyond SIZE, symbolic
	 * links followed; NAME may be a path. -EFBIG above SIZE_MAX, -EISDIR
	 * and -EINVAL when it is no regular file. INFO (of the file read) may
	 * be NULL. The caller frees *DATA.
	 */
	int (*file_read)(struct world *, int dir, const char *name,
			 size_t size_max, char **data, size_t *size,
			 struct file_info *info);
	/* Creates NAME, which must not exist, with exactly that MODE; on
	 * success it and its directory are on the disk. */
	int (*file_write)(struct world *, int dir, const char *name,
			  const char *data, size_t size, unsigned mode);
	/*
	 * Puts DATA at the end of NAME, a regular file and no symbolic link,
	 * made with mode 0600 where it is missing: all of it or nothing.
	 * -EFBIG where it would become larger than SIZE_MAX. Nothing is
	 * brought to the disk for it: for what may be lost.
	 */
	int (*file_append)(struct world *, int dir, const char *name,
			   const char *data, size_t size, size_t size_max);
	/* NAME may be a path. */
	int (*file_info)(struct world *, int dir, const char *name,
			 bool follow, struct file_info *info);
	int (*file_remove)(struct world *, int dir, const char *name);
	/*
	 * Gives DIR/NAME, a file or directory or "." and no symbolic link, the
	 * owner, group, mode and access list of FROM, which may be a path; who
	 * may not read it before may not in between. All that can be given is:
	 * the errno is of the first that was not.
	 */
	int (*rights_copy)(struct world *, int from_dir, const char *from,
			   int dir, const char *name);

	/* Links followed; *HOLDERS, of which there are *COUNT, is freed by the
	 * caller; NULL after an error. */
	int (*file_holders)(struct world *, int dir, const char *name,
			    enum file_right right,
			    struct file_holder **holders, size_t *count);
	/* Whose own group it is, and whom it lists, perhaps twice; the caller
	 * frees *MEMBERS. */
	int (*group_members)(struct world *, unsigned gid,
			     struct group_member **members, size_t *count);

	/* Symbolic links; *TARGET is freed by the caller. */
	int (*link_read)(struct world *, int dir, const char *name,
			 char **target);
	int (*link_make)(struct world *, int dir, const char *target,
			 const char *name);
	/* A second name for a file; symbolic links are followed; FROM may be
	 * a path. -EXDEV and -EPERM where the file system refuses. */
	int (*link_hard)(struct world *, int from_dir, const char *from,
			 int dir, const char *name);
	/* Both names in DIR. exchange: -EINVAL where unsupported. */
	int (*rename)(struct world *, int dir, const char *from,
		      const char *to);
	int (*exchange)(struct world *, int dir, const char *a,
			const char *b);

	/*
	 * Takes an exclusive fcntl lock on DIR/NAME (created, mode 0600) and
	 * holds it until unlock. Waits up to TIMEOUT_MS; -EAGAIN when another
	 * process kept it all that time. One lock at a time. Whoever waits
	 * holds a lock on NAME.wanted meanwhile, for the holder to see by
	 * lock_held().
	 */
	int (*lock)(struct world *, int dir, const char *name,
		    unsigned timeout_ms);
	void (*unlock)(struct world *);
	/* 1: another process holds an fcntl lock on NAME; 0: none, or no
	 * such file. */
	int (*lock_held)(struct world *, int dir, const char *name);

	void (*execute)(struct world *, struct program *program);

	/* Can anything come from ADDRESS? 0, -EADDRNOTAVAIL, .. */
	int (*source_test)(struct world *, const struct address *address);
	/* All at once; returns when each is answered or out of time. */
	void (*ask)(struct world *, struct question *questions, size_t n);
	void (*handshake)(struct world *, struct handshake *handshakes,
			  size_t n);
	/* All at once, each elsewhere; see errand.h. */
	void (*delegate)(struct world *, struct errand *errands, size_t n);
	unsigned hands;		/* so many errands are worth doing at once */
	/* What the process of an errand could do all the same, because this
	 * system takes no more from it: one phrase, allocated; NULL: nothing.
	 * For check. */
	char *(*errand_rights)(struct world *);
};
