/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The files of a version of a certificate, by the names that certbot gives
 * them: a lineage has the first four. Services are offered a fifth, made of
 * them: the private key and then the full chain in one, combined.pem. Opened
 * once, it cannot be of two versions.
 */
enum {
	PEM_CERT, PEM_CHAIN, PEM_FULLCHAIN, PEM_PRIVKEY,
	PEM_KINDS,			/* what a lineage has */
	PEM_COMBINED = PEM_KINDS,
	PEM_LINKS,			/* what services may read */
};

/* Sets of them are bits. */
#define PEM_BIT(kind) (1U << (kind))
#define PEM_ALL_LINKS (PEM_BIT(PEM_LINKS) - 1)

extern const char *const pem_kind_names[PEM_LINKS];	/* "cert", .. */
