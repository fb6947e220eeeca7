/* SPDX-License-Identifier: MIT */
#pragma once

#include "address.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Everything outside the process, as one value. No other file of the program
 * reads a clock, opens a file or a socket, or starts a program (messages in
 * log.c excepted). world_posix_open() gives the real one; tests bring theirs.
 *
 * Functions that can fail return 0 or a negative errno, unless said.
 */
struct world;

/* ---- Time ------------------------------------------------------------- */

struct moment {
	int64_t wall_ms;	/* since 1970, the system's idea */
	int64_t boot_ms;	/* since boot, suspend included */
	char boot_id[40];	/* changes with every boot */
	bool synchronised;	/* a time service steers the wall clock */
};

/* ---- Files ------------------------------------------------------------ */

/*
 * A directory is opened once and then used through its handle; NAME below
 * is one path component inside it unless the comment says path. WORLD_CWD
 * stands for the working directory and takes paths.
 */
#define WORLD_CWD (-100)

enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_LINK, FILE_OTHER };

struct file_info {
	enum file_kind kind;
	unsigned mode;		/* permission bits */
	unsigned uid;
	uint64_t size;
	uint64_t inode;
};

struct names {
	char **names;		/* sorted, without . and .. */
	size_t count;
};
void names_free(struct names *names);

/* ---- Programs --------------------------------------------------------- */

/*
 * Started in "/" with umask 077, standard input from /dev/null and no other
 * descriptor, in a process group of its own. It has ended when the first
 * process has: daemons that it leaves behind are not waited for.
 */
struct program {
	const char *const *arguments;	/* NULL-terminated; [0] is the path */
	const char *const *environment;	/* NULL-terminated; the whole of it */
	unsigned timeout_ms;		/* then the process group is killed */
	const char *user;		/* whose name or number; NULL: as us */
	/* Filled in: */
	int error;	/* 0, or the errno that kept it from starting;
			   EINVAL: there is no such user */
	bool timed_out;
	int status;	/* exit status, or 128 + signal */
	char *output;	/* stdout and stderr, at most PROGRAM_OUTPUT_MAX,
			   zero-terminated; the caller frees */
	size_t output_size;
};

/* ---- Network ---------------------------------------------------------- */

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

enum outcome {
	OUTCOME_ANSWERED,
	OUTCOME_SILENT,		/* no acceptable reply in time */
	OUTCOME_CLOSED,		/* connection refused or port unreachable */
	OUTCOME_UNREACHABLE,	/* no route, no such family */
	OUTCOME_GARBLED,	/* spoke TCP, but no acceptable DNS message */
	OUTCOME_TOO_LARGE,	/* reply beyond REPLY_TCP_SIZE_MAX */
	OUTCOME_FAILED,		/* our own side: no descriptors, no memory */
};

/*
 * One DNS message to one server address. QUERY is a complete message; the
 * world takes its ID and question section for granted and accepts as REPLY
 * only a message from that very address with QR set, the same ID, the same
 * opcode and octet by octet the same question section (over TCP the letter
 * case may differ, and an error reply to an UPDATE or of rcode FORMERR,
 * NOTIMP or REFUSED may leave the question out). Anything else is ignored
 * until the time is up. UDP is sent again when silent, and a truncated reply
 * is fetched again over TCP, as is a question whose letter case came back
 * changed; over TCP the time starts anew. TCP is never sent again. The time
 * starts with the first packet, not while a question waits for its turn.
 * An address that fails a whole window in a row (see bounds.h) is not asked
 * the rest of the batch: those get the outcome of the last one.
 */
struct question {
	struct address server;		/* port 0 means 53 */
	enum transport transport;
	unsigned timeout_ms;
	const uint8_t *query;
	size_t query_size;
	/* Filled in: */
	enum outcome outcome;
	int error;		/* errno behind the outcome, or 0;
				   ECONNRESET: it hung up */
	enum transport used;	/* what the reply came by */
	int64_t received_ms;	/* wall clock when the reply arrived */
	uint8_t *reply;		/* the caller frees */
	size_t reply_size;
};

/* ---- TLS -------------------------------------------------------------- */

enum key_family { KEY_ANY, KEY_RSA, KEY_ECDSA, KEY_EDDSA };

/* One TLS handshake with one service address; nothing is verified here. */
struct handshake {
	struct address server;
	const char *server_name;	/* SNI, without final dot */
	enum key_family family;		/* only such signatures are offered */
	unsigned timeout_ms;
	/* Filled in: */
	enum outcome outcome;	/* GARBLED: no handshake came about */
	int error;		/* with GARBLED: ENOTSUP: it speaks TLS but has
				   no certificate of the family; else EPROTO,
				   ECONNRESET */
	char *chain_pem;	/* presented, leaf first; caller frees */
	size_t chain_pem_size;
};

struct world {
	void *self;

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
	/* -E2BIG above DIRECTORY_ENTRIES_MAX. */
	int (*dir_list)(struct world *, int dir, struct names *names);
	int (*dir_sync)(struct world *, int dir);

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
	int (*file_info)(struct world *, int dir, const char *name,
			 bool follow, struct file_info *info);
	int (*file_remove)(struct world *, int dir, const char *name);

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
	 * process kept it all that time. One lock at a time.
	 */
	int (*lock)(struct world *, int dir, const char *name,
		    unsigned timeout_ms);
	void (*unlock)(struct world *);
	/* 1: another process holds an fcntl lock on NAME; 0: none, or no
	 * such file. */
	int (*lock_held)(struct world *, int dir, const char *name);

	void (*run)(struct world *, struct program *program);

	/* All at once; returns when each is answered or out of time. */
	void (*ask)(struct world *, struct question *questions, size_t n);
	void (*handshake)(struct world *, struct handshake *handshakes,
			  size_t n);
};
