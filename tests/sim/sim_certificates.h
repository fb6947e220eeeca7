/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_base.h"
#include "sim_memo.h"

enum { FILE_CERT, FILE_CHAIN, FILE_FULLCHAIN, FILE_PRIVKEY, FILE_KINDS };

/* Digest [selector][matching] of one certificate of a chain. */
struct selected {
	const uint8_t *data;
	size_t size;
};
struct cert_id {
	int lineage, key, serial;
	int leaf;			/* the serial of the leaf's content */
	int issuer;			/* who signed */
	int crossed;			/* whose certificate for that issuer */
	int64_t ends_seconds;		/* notAfter; 0: in many years */
	int64_t begins_seconds;		/* notBefore; 0: long ago */
};
struct cert {
	struct cert_id id;
	char *pem[FILE_KINDS];
	uint64_t hash[FILE_KINDS];
	struct selected leaf[2][3], above[2][3];
	char title[24];			/* "mail/k3.7" */
};
/* The same certificate for the same numbers, in every process. */
const struct cert *cert_get(const struct cert_id *id);
extern const char *const file_kind_names[FILE_KINDS];
