/* SPDX-License-Identifier: MIT */
#include "disk/version.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <stdlib.h>

const char *version_error_text(enum version_error error)
{
	static const char *const texts[] = {
		[VERSION_OK] = "complete",
		[VERSION_ABSENT] = "absent",
		[VERSION_INCOMPLETE] = "incomplete",
		[VERSION_UNREADABLE] = "unreadable",
		[VERSION_BAD_CHAIN] = "not a chain of certificates",
		[VERSION_KEY_MISMATCH] = "without the key of its certificate",
		[VERSION_MIXED] = "mixed from several versions",
		[VERSION_BAD_LAYOUT] = "not laid out as certbot does",
	};

	return texts[error];
}

/* The text of one of the four files; NULL where there is none. */
struct pem_file {
	char *path;
	char *text;
	size_t size;
	int error;
};

static void pem_files_read(struct world *world, int dir, const char *path,
			   const char *suffix, struct pem_file *files)
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		struct pem_file *file = &files[kind];

		file->path = xasprintf("%s/%s%s.pem", path,
				       pem_kind_names[kind], suffix);
		file->error = world->file_read(world, dir, file->path,
					       PEM_SIZE_MAX, &file->text,
					       &file->size, NULL);
		if (file->error)
			file->text = NULL;
	}
}

/* A private key may be among them. */
static void pem_files_free(struct pem_file *files)
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		if (files[kind].text)
			OPENSSL_cleanse(files[kind].text, files[kind].size);
		free(files[kind].text);
		free(files[kind].path);
	}
}

static bool errno_means_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

static enum version_error pem_files_check(const struct pem_file *files,
					  char **detail)
{
	const struct pem_file *absent = NULL;
	int absent_count = 0;

	for (int kind = 0; kind < PEM_KINDS; kind++) {
		const struct pem_file *file = &files[kind];

		if (errno_means_absent(file->error)) {
			absent = file;
			absent_count++;
		} else if (file->error) {
			*detail = xasprintf("%s: %s", file->path,
					    strerror(-file->error));
			return VERSION_UNREADABLE;
		}
	}
	if (absent_count == 0)
		return VERSION_OK;
	*detail = xasprintf("%s is missing", absent->path);
	return absent_count == PEM_KINDS ? VERSION_ABSENT : VERSION_INCOMPLETE;
}

static enum version_error pem_file_parse(const struct pem_file *file,
					 struct chain **chain, char **detail)
{
	enum chain_error error = chain_parse(file->text, file->size, chain);

	if (error == CHAIN_OK)
		return VERSION_OK;
	*detail = xasprintf("%s %s", file->path, chain_error_text(error));
	return VERSION_BAD_CHAIN;
}

/* Does FULL hold the certificates of PART, from START on? */
static bool chain_holds(const struct chain *full, size_t start,
			const struct chain *part)
{
	if (start + part->count > full->count)
		return false;
	for (size_t i = 0; i < part->count; i++) {
		const struct certificate *a = &full->certificates[start + i];
		const struct certificate *b = &part->certificates[i];

		if (a->der_size != b->der_size ||
		    memcmp(a->der, b->der, a->der_size) != 0)
			return false;
	}
	return true;
}

static enum version_error check_cert(const struct pem_file *file,
				     const struct chain *full, char **detail)
{
	struct chain *cert = NULL;
	enum version_error error = pem_file_parse(file, &cert, detail);

	if (error == VERSION_OK &&
	    (cert->count != 1 || !chain_holds(full, 0, cert))) {
		*detail = xasprintf("%s is not the first of the full chain",
				    file->path);
		error = VERSION_MIXED;
	}
	chain_free(cert);
	return error;
}

/* A self-signed certificate has an empty chain file. */
static enum version_error check_chain(const struct pem_file *file,
				      const struct chain *full, char **detail)
{
	struct chain *chain = NULL;
	enum version_error error;

	if (full->count == 1 && chain_parse(file->text, file->size, &chain) ==
					CHAIN_EMPTY)
		return VERSION_OK;
	chain_free(chain);
	error = pem_file_parse(file, &chain, detail);
	if (error == VERSION_OK && (chain->count + 1 != full->count ||
				    !chain_holds(full, 1, chain))) {
		*detail = xasprintf("%s is not the rest of the full chain",
				    file->path);
		error = VERSION_MIXED;
	}
	chain_free(chain);
	return error;
}

static enum version_error check_key(const struct pem_file *file,
				    const struct chain *full, char **detail)
{
	enum chain_error error = chain_check_key(full, file->text, file->size);

	if (error == CHAIN_OK)
		return VERSION_OK;
	*detail = xasprintf("%s %s", file->path, chain_error_text(error));
	return VERSION_KEY_MISMATCH;
}

static enum version_error version_check(const struct pem_file *files,
					struct chain **chain, char **detail)
{
	enum version_error error = pem_files_check(files, detail);

	if (error == VERSION_OK)
		error = pem_file_parse(&files[PEM_FULLCHAIN], chain, detail);
	if (error == VERSION_OK)
		error = check_cert(&files[PEM_CERT], *chain, detail);
	if (error == VERSION_OK)
		error = check_chain(&files[PEM_CHAIN], *chain, detail);
	if (error == VERSION_OK)
		error = check_key(&files[PEM_PRIVKEY], *chain, detail);
	return error;
}

enum version_error version_load(struct world *world, int dir,
				const char *path, const char *suffix,
				struct chain **chain, char **detail)
{
	struct pem_file files[PEM_KINDS] = { 0 };
	enum version_error error;

	*chain = NULL;
	*detail = NULL;
	pem_files_read(world, dir, path, suffix, files);
	error = version_check(files, chain, detail);
	if (error != VERSION_OK) {
		chain_free(*chain);
		*chain = NULL;
	}
	pem_files_free(files);
	return error;
}
