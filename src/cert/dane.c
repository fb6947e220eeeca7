/* SPDX-License-Identifier: MIT */
#include "cert/dane.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#define DANE_TA 2
#define NAMES_SHOWN 4		/* of a certificate, to people */
#define SUBJECT_SHOWN 100	/* octets of it */

/* ---- What is wrong, in words ------------------------------------------ */

/* What certificates say may be anything. */
static char *printable(const uint8_t *octets, size_t size)
{
	char *text = xstrndup((const char *)octets, size);

	for (char *p = text; *p; p++)
		if (!isascii((unsigned char)*p) || !isgraph((unsigned char)*p))
			*p = '?';
	return text;
}

static char *append(char *list, const char *text)
{
	char *longer = xasprintf("%s%s%s", list, *list ? ", " : "", text);

	free(list);
	return longer;
}

/* "a.test, b.test", allocated; empty: it names no host. */
static char *host_names(X509 *leaf)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name,
						NULL, NULL);
	char *list = xstrdup("");
	int shown = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char *text;

		if (name->type != GEN_DNS)
			continue;
		if (shown++ == NAMES_SHOWN) {
			list = append(list, "..");
			break;
		}
		text = printable(ASN1_STRING_get0_data(name->d.dNSName),
				 (size_t)ASN1_STRING_length(name->d.dNSName));
		list = append(list, text);
		free(text);
	}
	GENERAL_NAMES_free(names);
	return list;
}

static char *explain_name(X509 *leaf, const char *host)
{
	char *names = host_names(leaf);
	char *text = *names ?
		     xasprintf("is not for %s, but for %s", host, names) :
		     xasprintf("is not for %s", host);

	free(names);
	return text;
}

static char *explain_time(const char *who, const char *what,
			  const ASN1_TIME *time)
{
	struct tm tm;
	char when[TEXT_TIME_SIZE];

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return xasprintf("%s%s a date that cannot be read", who, what);
	return xasprintf("%s%s %s", who, what,
			 text_time((int64_t)timegm(&tm) * 1000, when));
}

/* A question to OpenSSL: it verifies with DANE where it is given an SSL, which
 * never gets a connection here. */
struct verification {
	const struct chain *chain;
	const char *host;		/* undotted */
	X509 **certificates;		/* as in CHAIN */
	STACK_OF(X509) *sent;		/* the same */
	SSL_CTX *tls;
	SSL *ssl;
	X509_STORE *store;
	X509_STORE_CTX *context;
};

/* Of whom an error speaks; empty: of the first certificate. */
static char *whose(const struct verification *verification)
{
	const X509 *at = X509_STORE_CTX_get_current_cert(verification->context);
	const struct chain *chain = verification->chain;

	for (size_t i = 1; i < chain->count; i++)
		if (verification->certificates[i] == at)
			return xasprintf("has an issuer, %.*s, that ",
					 SUBJECT_SHOWN,
					 chain->certificates[i].subject);
	return xstrdup("");
}

static char *explain_error(const struct verification *verification, int error)
{
	const X509 *at = X509_STORE_CTX_get_current_cert(verification->context);
	char *who = whose(verification), *text;

	if (error == X509_V_ERR_CERT_HAS_EXPIRED && at)
		text = explain_time(who, "expired on", X509_get0_notAfter(at));
	else if (error == X509_V_ERR_CERT_NOT_YET_VALID && at)
		text = explain_time(who, "is not valid before",
				    X509_get0_notBefore(at));
	else
		text = xasprintf("%sis refused by clients: %s", who,
				 X509_verify_cert_error_string(error));
	free(who);
	return text;
}

/* ---- Asking ------------------------------------------------------------ */

static void take_certificates(struct verification *verification)
{
	const struct chain *chain = verification->chain;

	verification->certificates = xcalloc(chain->count, sizeof(X509 *));
	verification->sent = sk_X509_new_null();
	must(verification->sent);
	for (size_t i = 0; i < chain->count; i++) {
		const struct certificate *one = &chain->certificates[i];
		const unsigned char *der = one->der;
		X509 *x509 = d2i_X509(NULL, &der, (long)one->der_size);

		must(x509);	/* chain.c has parsed it before */
		verification->certificates[i] = x509;
		must(sk_X509_push(verification->sent, x509) > 0);
	}
}

/*
 * No issuer is trusted but for the record. How strong keys are is no matter of
 * DANE, and clients differ there. PARTIAL_CHAIN, of which there is none without
 * trusted issuers, has OpenSSL look at the dates of the record's issuer, too.
 */
static void verification_open(struct verification *verification,
			      int64_t now_seconds)
{
	X509_VERIFY_PARAM *param;

	take_certificates(verification);
	verification->tls = SSL_CTX_new(TLS_client_method());
	must(verification->tls && SSL_CTX_dane_enable(verification->tls) == 1);
	verification->ssl = SSL_new(verification->tls);
	verification->store = X509_STORE_new();
	verification->context = X509_STORE_CTX_new();
	must(verification->ssl && verification->store &&
	     verification->context);
	must(SSL_dane_enable(verification->ssl, NULL) == 1);
	must(X509_STORE_CTX_init(verification->context, verification->store,
				 verification->certificates[0],
				 verification->sent) == 1);
	must(X509_STORE_CTX_set_default(verification->context,
					"ssl_server") == 1);
	X509_STORE_CTX_set0_dane(verification->context,
				 SSL_get0_dane(verification->ssl));
	param = X509_STORE_CTX_get0_param(verification->context);
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_LENGTH_MAX);
	X509_VERIFY_PARAM_set_time(param, now_seconds);
	must(X509_VERIFY_PARAM_set_flags(param,
					 X509_V_FLAG_PARTIAL_CHAIN) == 1);
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	must(X509_VERIFY_PARAM_set1_host(param, verification->host, 0) == 1);
}

static void verification_clear(struct verification *verification)
{
	X509_STORE_CTX_free(verification->context);
	X509_STORE_free(verification->store);
	SSL_free(verification->ssl);
	SSL_CTX_free(verification->tls);
	sk_X509_pop_free(verification->sent, X509_free);
	free(verification->certificates);
	ERR_clear_error();
}

static enum dane_verdict verdict_of(int error)
{
	switch (error) {
	case X509_V_OK:
		return DANE_ACCEPTED;
	case X509_V_ERR_DANE_NO_MATCH:
		return DANE_NOT_LINKED;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return DANE_WRONG_NAME;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return DANE_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return DANE_NOT_YET_VALID;
	default: /* an int, not an enum */
		return DANE_REFUSED;
	}
}

static char *explain(const struct verification *verification,
		     enum dane_verdict verdict, int error)
{
	switch (verdict) {
	case DANE_ACCEPTED:
	case DANE_NOT_FOUND:	/* dane_verify() has said that */
		return NULL;
	case DANE_NOT_LINKED:
		return xstrdup("comes with the issuer that the record "
			       "names, but nothing links the two");
	case DANE_WRONG_NAME:
		return explain_name(verification->certificates[0],
				    verification->host);
	case DANE_EXPIRED:
	case DANE_NOT_YET_VALID:
	case DANE_REFUSED:
		break;
	}
	return explain_error(verification, error);
}

/* The root has no name that a certificate could have, and OpenSSL takes an
 * empty name for none. */
static bool has_name(const char *host)
{
	return *host && !streq(host, ".");
}

/* An error of X509_verify_cert(). */
static int ask(const struct verification *verification,
	       const struct tlsa *record)
{
	int error;

	if (!has_name(verification->host))
		return X509_V_ERR_HOSTNAME_MISMATCH;
	if (SSL_dane_tlsa_add(verification->ssl, DANE_TA,
			      record->params.selector, record->params.matching,
			      record->data, record->size) != 1)
		return X509_V_ERR_UNSPECIFIED;
	if (X509_verify_cert(verification->context) == 1)
		return X509_V_OK;
	error = X509_STORE_CTX_get_error(verification->context);
	return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

/* Of a record that something behind the first certificate matches. */
static enum dane_verdict verify_issuer(const struct chain *chain,
				       const struct tlsa *record,
				       const char *host, int64_t now_seconds,
				       char **detail)
{
	char *undotted = name_undotted(host);
	struct verification verification = { .chain = chain,
					     .host = undotted };
	enum dane_verdict verdict;
	int error;

	verification_open(&verification, now_seconds);
	error = ask(&verification, record);
	verdict = verdict_of(error);
	if (detail)
		*detail = explain(&verification, verdict, error);
	verification_clear(&verification);
	free(undotted);
	return verdict;
}

static bool is_about_issuer(const struct tlsa *record)
{
	return record->params.usage == DANE_TA || record->params.usage == 0;
}

enum dane_verdict dane_verify(const struct chain *chain,
			      const struct tlsa *record, const char *host,
			      int64_t now_seconds, char **detail)
{
	bool issuer = is_about_issuer(record);

	if (detail)
		*detail = NULL;
	if (!tlsa_matches(record, chain)) {
		if (detail)
			*detail = xstrdup(issuer ? "comes without the issuer "
					  "that the record names" :
					  "does not match the record");
		return DANE_NOT_FOUND;
	}
	if (!issuer)
		return DANE_ACCEPTED;
	return verify_issuer(chain, record, host, now_seconds, detail);
}
