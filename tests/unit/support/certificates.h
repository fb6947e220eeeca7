/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chain.h"

#include <openssl/x509.h>

/*
 * Certificates for tests, made on the spot: a root, an intermediate that it
 * issued, and leaves. Failure to make one aborts.
 */
struct test_pki {
	EVP_PKEY *root_key;
	EVP_PKEY *issuer_key;
	X509 *root;
	X509 *issuer;
};
struct test_pki *test_pki_open(void);
void test_pki_close(struct test_pki *pki);

/* What certbot would write, as PEM. */
struct test_version {
	char *cert;
	char *chain;
	char *fullchain;
	char *privkey;
};

enum test_leaf_kind {
	TEST_LEAF_EC, TEST_LEAF_RSA, TEST_LEAF_ED25519,
	TEST_LEAF_RSA_WITHOUT_NULL,	/* legal, and no encoder writes it */
};

EVP_PKEY *test_key_make(enum test_leaf_kind kind);
/* A leaf for NAME over KEY with serial number SERIAL. */
X509 *test_leaf_make(const struct test_pki *pki, const char *name,
		     EVP_PKEY *key, enum test_leaf_kind kind, long serial);
struct test_version *test_version_of(const struct test_pki *pki, X509 *leaf,
				     EVP_PKEY *key);
/* All of it in one: a fresh key and a leaf for NAME. */
struct test_version *test_version_make(const struct test_pki *pki,
				       const char *name,
				       enum test_leaf_kind kind);
void test_version_free(struct test_version *version);

char *test_pem_of(X509 *certificate);
char *test_pem_of_key(EVP_PKEY *key, const char *password);
char *test_text_join(const char *a, const char *b, const char *c);

/* What is in PEM, a good chain; the caller frees it. */
struct chain *test_chain_of(const char *pem);

/* A temporary directory; *PATH is freed and all in it removed by the other. */
char *test_directory_make(void);
void test_directory_remove(char *path);

/* Writes DIRECTORY/PATH, making the directories on the way. */
void test_file_write(const char *directory, const char *path,
		     const char *text);
void test_link_write(const char *directory, const char *path,
		     const char *target);
/* archive/NAME/{cert,..}NUMBER.pem below DIRECTORY. */
void test_archive_write(const char *directory, const char *name,
			unsigned number, const struct test_version *version);
/* live/NAME/{cert,..}.pem leading to NUMBER. */
void test_live_write(const char *directory, const char *name,
		     unsigned number);
