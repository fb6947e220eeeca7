/* SPDX-License-Identifier: MIT */
#include "support/certificates.h"

#include "base/xalloc.h"

#include <fcntl.h>
#include <ftw.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY_SECONDS (24 * 60 * 60)

static const char *const kinds[] = { "cert", "chain", "fullchain", "privkey" };

EVP_PKEY *test_key_make(enum test_leaf_kind kind)
{
	EVP_PKEY *key = NULL;

	switch (kind) {
	case TEST_LEAF_EC:
		key = EVP_EC_gen("P-256");
		break;
	case TEST_LEAF_RSA:
	case TEST_LEAF_RSA_WITHOUT_NULL:
		key = EVP_RSA_gen(2048);
		break;
	case TEST_LEAF_ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	invariant(key);
	return key;
}

static void set_common_name(X509_NAME *name, const char *text)
{
	must(X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1,
		0) == 1);
}

/* The parameters of the key's algorithm go, as RFC 4055 forbids but parsers
 * take. */
static void drop_parameters(X509 *certificate)
{
	X509_ALGOR *algorithm = NULL;

	must(X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm,
				    X509_get_X509_PUBKEY(certificate)) == 1);
	must(X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_rsaEncryption),
			     V_ASN1_UNDEF, NULL) == 1);
}

/* Without it nobody takes a certificate for an issuer's. */
static void set_authority(X509 *certificate)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();

	invariant(constraints);
	constraints->ca = 1;
	must(X509_add1_ext_i2d(certificate, NID_basic_constraints,
			       constraints, 1, X509V3_ADD_DEFAULT) == 1);
	BASIC_CONSTRAINTS_free(constraints);
}

/* The same for all that one program makes, however long that takes: which of
 * two ends later matters to who chooses between them. */
static void set_dates(X509 *certificate)
{
	static time_t begin;

	if (!begin)
		begin = time(NULL);
	must(X509_time_adj(X509_getm_notBefore(certificate), 0, &begin));
	must(X509_time_adj(X509_getm_notAfter(certificate),
			   90 * DAY_SECONDS, &begin));
}

static X509 *certificate_make(const char *name, EVP_PKEY *key, X509 *issuer,
			      EVP_PKEY *issuer_key, long serial,
			      enum test_leaf_kind kind, bool is_authority)
{
	X509 *certificate = X509_new();

	invariant(certificate);
	must(X509_set_version(certificate, X509_VERSION_3) == 1);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
	set_dates(certificate);
	set_common_name(X509_get_subject_name(certificate), name);
	must(X509_set_issuer_name(certificate, X509_get_subject_name(
				issuer ? issuer : certificate)) == 1);
	must(X509_set_pubkey(certificate, key) == 1);
	if (kind == TEST_LEAF_RSA_WITHOUT_NULL)
		drop_parameters(certificate);
	if (is_authority)
		set_authority(certificate);
	must(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
	return certificate;
}

struct test_pki *test_pki_open(void)
{
	struct test_pki *pki = xcalloc(1, sizeof(*pki));

	pki->root_key = test_key_make(TEST_LEAF_EC);
	pki->issuer_key = test_key_make(TEST_LEAF_EC);
	pki->root = certificate_make("Test Root", pki->root_key, NULL,
				     pki->root_key, 1, TEST_LEAF_EC, true);
	pki->issuer = certificate_make("Test Issuer", pki->issuer_key,
				       pki->root, pki->root_key, 2,
				       TEST_LEAF_EC, true);
	return pki;
}

void test_pki_close(struct test_pki *pki)
{
	X509_free(pki->root);
	X509_free(pki->issuer);
	EVP_PKEY_free(pki->root_key);
	EVP_PKEY_free(pki->issuer_key);
	free(pki);
}

X509 *test_leaf_make(const struct test_pki *pki, const char *name,
		     EVP_PKEY *key, enum test_leaf_kind kind, long serial)
{
	return certificate_make(name, key, pki->issuer, pki->issuer_key,
				serial, kind, false);
}

static char *bio_take_text(BIO *bio)
{
	char *data = NULL;
	long size = BIO_get_mem_data(bio, &data);
	char *text = xstrndup(data, (size_t)size);

	BIO_free(bio);
	return text;
}

char *test_pem_of(X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_X509(bio, certificate) == 1);
	return bio_take_text(bio);
}

char *test_pem_of_key(EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
	int size = password ? (int)strlen(password) : 0;

	must(bio && PEM_write_bio_PKCS8PrivateKey(
		bio, key, cipher, password, size, NULL, NULL) == 1);
	return bio_take_text(bio);
}

char *test_text_join(const char *a, const char *b, const char *c)
{
	return xasprintf("%s%s%s", a, b, c);
}

struct test_version *test_version_of(const struct test_pki *pki, X509 *leaf,
				     EVP_PKEY *key)
{
	struct test_version *version = xcalloc(1, sizeof(*version));

	version->cert = test_pem_of(leaf);
	version->chain = test_pem_of(pki->issuer);
	version->fullchain = test_text_join(version->cert, version->chain, "");
	version->privkey = test_pem_of_key(key, NULL);
	return version;
}

struct test_version *test_version_make(const struct test_pki *pki,
				       const char *name,
				       enum test_leaf_kind kind)
{
	EVP_PKEY *key = test_key_make(kind);
	X509 *leaf = test_leaf_make(pki, name, key, kind, 3);
	struct test_version *version = test_version_of(pki, leaf, key);

	X509_free(leaf);
	EVP_PKEY_free(key);
	return version;
}

void test_version_free(struct test_version *version)
{
	free(version->cert);
	free(version->chain);
	free(version->fullchain);
	free(version->privkey);
	free(version);
}

struct chain *test_chain_of(const char *pem)
{
	struct chain *chain = NULL;

	must(chain_parse(pem, strlen(pem), &chain) == CHAIN_OK);
	return chain;
}

char *test_directory_make(void)
{
	const char *parent = getenv("TMPDIR");
	char *path = xasprintf("%s/alnitak-test-XXXXXX",
			       parent ? parent : "/tmp");

	must(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void test_directory_remove(char *path)
{
	must(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	free(path);
}

static char *path_prepare(const char *directory, const char *path)
{
	char *full = xasprintf("%s/%s", directory, path);

	for (char *p = full + strlen(directory) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		must(mkdir(full, 0700) == 0 || errno == EEXIST);
		*p = '/';
	}
	return full;
}

void test_file_write(const char *directory, const char *path, const char *text)
{
	char *full = path_prepare(directory, path);
	FILE *file = fopen(full, "w");

	must(file && fputs(text, file) >= 0 && fclose(file) == 0);
	free(full);
}

void test_link_write(const char *directory, const char *path,
		     const char *target)
{
	char *full = path_prepare(directory, path);

	(void)unlink(full);
	must(symlink(target, full) == 0);
	free(full);
}

void test_archive_write(const char *directory, const char *name,
			unsigned number, const struct test_version *version)
{
	const char *const texts[] = { version->cert, version->chain,
				      version->fullchain, version->privkey };

	for (int i = 0; i < 4; i++) {
		char *path = xasprintf("archive/%s/%s%u.pem", name, kinds[i],
				       number);

		test_file_write(directory, path, texts[i]);
		free(path);
	}
}

void test_live_write(const char *directory, const char *name, unsigned number)
{
	for (int i = 0; i < 4; i++) {
		char *path = xasprintf("live/%s/%s.pem", name, kinds[i]);
		char *target = xasprintf("../../archive/%s/%s%u.pem", name,
					 kinds[i], number);

		test_link_write(directory, path, target);
		free(target);
		free(path);
	}
}
