/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "world/posix/parts.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* Whatever else the caller's umask takes away, this. */
#define UMASK_LEAST 022

void posix_wipe(void *memory)
{
	if (memory)
		OPENSSL_cleanse(memory, malloc_usable_size(memory));
}

/* ---- What libcrypto calls ---------------------------------------------- */

static void *crypto_new(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size ? malloc(size) : NULL;
}

static void crypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	posix_wipe(memory);
	free(memory);
}

/* Never in place: what realloc() leaves behind it does not wipe. */
static void *crypto_resize(void *memory, size_t size, const char *file,
			   int line)
{
	void *fresh = crypto_new(size, file, line);
	size_t old = memory ? malloc_usable_size(memory) : 0;

	if (memory && fresh)
		memcpy(fresh, memory, old < size ? old : size);
	if (fresh || !size)
		crypto_free(memory, file, line);
	return fresh;
}

bool world_posix_guard(void)
{
	umask(umask(UMASK_LEAST) | UMASK_LEAST);
	/* The programs that are started begin anew: execve() resets it. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return CRYPTO_set_mem_functions(crypto_new, crypto_resize,
					crypto_free) == 1;
}
