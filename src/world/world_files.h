/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A directory is opened once and then used through its handle; NAME below
 * is one path component inside it unless the comment says path. WORLD_CWD
 * stands for the working directory and takes paths.
 */
#define WORLD_CWD (-100)

/* Who has a right to a file and neither owns it nor is root: the group, and
 * users and groups that its access list names. */
enum file_right { FILE_SEARCH = 1, FILE_WRITE = 2, FILE_READ = 4 };

struct file_holder {
	bool is_group;
	unsigned id;
};

struct group_member {
	unsigned uid;
	bool logs_in;		/* is given a shell */
};

/* What is left on the file system of a directory for whoever asks. */
struct dir_space {
	uint64_t free_octets;
	uint64_t free_files;	/* UINT64_MAX where nobody counts them */
	bool read_only;
};

enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_LINK, FILE_OTHER };

struct file_info {
	enum file_kind kind;
	unsigned mode;		/* permission bits */
	unsigned uid, gid;
	uint64_t size;
	uint64_t device, inode;
	int64_t modified_ns;	/* when the content was; who may write to it can
				   set that */
	int64_t changed_ns;	/* when content, rights or names last did;
				   wall clock, as the file system has it */
};
