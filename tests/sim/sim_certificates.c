/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Ed25519, because its signatures and its keys (of chosen octets) are the
 * same in every process: a seed replays to the last record.
 */
#define BEGUN_SECONDS 1700000000
#define YEARS_SECONDS (20LL * 365 * 86400)

const char *const file_kind_names[FILE_KINDS] = {
	"cert", "chain", "fullchain", "privkey",
};

static struct {
	struct cert **items;
	size_t count;
} made;

static EVP_PKEY *key_make(int kind, int number)
{
	uint8_t octets[32] = { 'k', (uint8_t)kind, (uint8_t)number,
			       (uint8_t)(number >> 8) };
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
						     octets, sizeof(octets));

	invariant(key);
	return key;
}

static void set_dates(X509 *certificate, const struct cert_id *id)
{
	ASN1_TIME_set(X509_getm_notBefore(certificate), id->begins_seconds ?
		      id->begins_seconds : BEGUN_SECONDS);
	ASN1_TIME_set(X509_getm_notAfter(certificate), id->ends_seconds ?
		      id->ends_seconds : BEGUN_SECONDS + YEARS_SECONDS);
}

static X509 *certificate_make(const char *name, const char *issuer_name,
			      EVP_PKEY *key, EVP_PKEY *issuer_key, long serial,
			      const struct cert_id *id)
{
	X509 *certificate = X509_new();
	X509_NAME *subject, *issuer;

	invariant(certificate);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
	set_dates(certificate, id);
	subject = X509_get_subject_name(certificate);
	issuer = X509_get_issuer_name(certificate);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_ASC,
				   (const unsigned char *)issuer_name, -1, -1,
				   0);
	X509_set_pubkey(certificate, key);
	must(X509_sign(certificate, issuer_key, NULL) > 0);
	return certificate;
}

static char *take_text(BIO *bio)
{
	char *data = NULL;
	long size = BIO_get_mem_data(bio, &data);
	char *text = xstrndup(data, (size_t)size);

	BIO_free(bio);
	return text;
}

static char *pem_of(X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_X509(bio, certificate) == 1);
	return take_text(bio);
}

static char *pem_of_key(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
					     NULL, NULL) == 1);
	return take_text(bio);
}

static struct selected digest(const struct selected *full, const EVP_MD *type)
{
	struct selected result;
	unsigned size = 0;
	uint8_t *data = xmalloc(EVP_MAX_MD_SIZE);

	must(EVP_Digest(full->data, full->size, data, &size, type, NULL));
	result.data = data;
	result.size = size;
	return result;
}

static void select_all(X509 *certificate, struct selected all[2][3])
{
	uint8_t *der = NULL;
	int size = i2d_X509(certificate, &der);

	all[0][0] = (struct selected){ der, (size_t)size };
	der = NULL;
	size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	all[1][0] = (struct selected){ der, (size_t)size };
	for (int i = 0; i < 2; i++) {
		all[i][1] = digest(&all[i][0], EVP_sha256());
		all[i][2] = digest(&all[i][0], EVP_sha512());
	}
}

static void fill(struct cert *cert)
{
	static const struct cert_id always;
	const struct cert_id *id = &cert->id;
	EVP_PKEY *root_key = key_make('r', id->crossed);
	EVP_PKEY *issuer_key = key_make('i', id->issuer);
	EVP_PKEY *key = key_make('l', id->lineage * 1000 + id->key);
	char *issuer_name = xasprintf("Issuer %d", id->issuer);
	char *name = xasprintf("lineage%d.example.com", id->lineage);
	X509 *issuer = certificate_make(issuer_name, id->crossed ?
					"Other Root" : "Root", issuer_key,
					root_key, 2, &always);
	X509 *leaf = certificate_make(name, issuer_name, key, issuer_key,
				      100 + id->leaf, id);

	cert->pem[FILE_CERT] = pem_of(leaf);
	cert->pem[FILE_CHAIN] = pem_of(issuer);
	cert->pem[FILE_FULLCHAIN] = xasprintf("%s%s", cert->pem[FILE_CERT],
					      cert->pem[FILE_CHAIN]);
	cert->pem[FILE_PRIVKEY] = pem_of_key(key);
	for (int i = 0; i < FILE_KINDS; i++)
		cert->hash[i] = text_hash(cert->pem[i], strlen(cert->pem[i]));
	select_all(leaf, cert->leaf);
	select_all(issuer, cert->above);
	snprintf(cert->title, sizeof(cert->title), "%c/k%d.%d%s%s",
		 'A' + id->lineage, id->key, id->serial,
		 id->issuer ? "'" : "", id->crossed ? "x" : "");
	X509_free(leaf);
	X509_free(issuer);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(issuer_key);
	EVP_PKEY_free(key);
	free(issuer_name);
	free(name);
}

static bool is_same(const struct cert_id *a, const struct cert_id *b)
{
	return a->lineage == b->lineage && a->key == b->key &&
	       a->serial == b->serial && a->leaf == b->leaf &&
	       a->issuer == b->issuer && a->crossed == b->crossed &&
	       a->ends_seconds == b->ends_seconds &&
	       a->begins_seconds == b->begins_seconds;
}

const struct cert *cert_get(const struct cert_id *id)
{
	struct cert *cert;

	for (size_t i = 0; i < made.count; i++)
		if (is_same(&made.items[i]->id, id))
			return made.items[i];
	cert = xcalloc(1, sizeof(*cert));
	cert->id = *id;
	fill(cert);
	*array_push(made.items, made.count) = cert;
	return cert;
}
