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

static enum version_error check_cert(const struct pem_file *file,
				     const struct chain *full, char **detail)
{
	struct chain *cert = NULL;
	enum version_error error = pem_file_parse(file, &cert, detail);

	if (error == VERSION_OK &&
	    !fingerprint_equal(&cert->leaf, &full->leaf)) {
		*detail = xasprintf("%s is not the first of the full chain",
				    file->path);
		error = VERSION_MIXED;
	}
	chain_free(cert);
	return error;
}

/* What a service sends that is given CERT and CHAIN, not the full chain. */
static enum chain_error parse_both(const struct pem_file *cert,
				   const struct pem_file *chain,
				   struct chain **both)
{
	size_t size = cert->size + 1 + chain->size;
	char *text = xmalloc(size);
	enum chain_error error;

	memcpy(text, cert->text, cert->size);
	text[cert->size] = '\n';
	memcpy(text + cert->size + 1, chain->text, chain->size);
	error = chain_parse(text, size, both);
	free(text);
	return error;
}

static bool holds_nothing(const struct pem_file *file)
{
	struct chain *chain;
	enum chain_error error = chain_parse(file->text, file->size, &chain);

	chain_free(chain);
	return error == CHAIN_EMPTY;
}

/*
 * Some services send the one, some the other, so that what they do not agree
 * in is no part of the version: records of usage 3 do not ask for it, and those
 * of usage 2 are made of nothing else. Only where there is no issuer may the
 * chain file be empty; else it was half written.
 */
static enum version_error check_chain(const struct pem_file *cert,
				      const struct pem_file *file,
				      struct chain *full, char **detail)
{
	struct chain *both = NULL;
	enum chain_error error = parse_both(cert, file, &both);

	if (error == CHAIN_OK && full->count > 1 && both->count == 1 &&
	    holds_nothing(file))
		error = CHAIN_EMPTY;
	if (error == CHAIN_OK)
		chain_keep_common(full, both);
	chain_free(both);
	if (error == CHAIN_OK)
		return VERSION_OK;
	*detail = xasprintf("%s %s", file->path, chain_error_text(error));
	return VERSION_BAD_CHAIN;
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
	enum version_error error =
		pem_file_parse(&files[PEM_FULLCHAIN], chain, detail);

	if (error == VERSION_OK)
		error = check_cert(&files[PEM_CERT], *chain, detail);
	if (error == VERSION_OK)
		error = check_chain(&files[PEM_CERT], &files[PEM_CHAIN],
				    *chain, detail);
	if (error == VERSION_OK)
		error = check_key(&files[PEM_PRIVKEY], *chain, detail);
	return error;
}

static enum version_error version_take(struct shelf *shelf,
				       const struct pem_file *files,
				       struct chain **chain, char **detail)
{
	struct shelf_text texts[PEM_KINDS];
	struct fingerprint key;
	enum version_error error;

	for (int kind = 0; kind < PEM_KINDS; kind++)
		texts[kind] = (struct shelf_text){ files[kind].text,
						   files[kind].size };
	shelf_key(texts, PEM_KINDS, &key);
	*chain = shelf_find(shelf, &key);
	if (*chain)
		return VERSION_OK;
	error = version_check(files, chain, detail);
	if (error == VERSION_OK) {
		shelf_put(shelf, &key, *chain);
		return VERSION_OK;
	}
	chain_free(*chain);
	*chain = NULL;
	return error;
}

enum version_error version_load(struct world *world, struct shelf *shelf,
				int dir, const char *path, const char *suffix,
				struct chain **chain, char **detail)
{
	struct pem_file files[PEM_KINDS] = { 0 };
	enum version_error error;

	*chain = NULL;
	*detail = NULL;
	pem_files_read(world, dir, path, suffix, files);
	error = pem_files_check(files, detail);
	if (error == VERSION_OK)
		error = version_take(shelf, files, chain, detail);
	pem_files_free(files);
	return error;
}
