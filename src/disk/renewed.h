/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What certbot tells its deploy hook by the environment: RENEWED_LINEAGE, the
 * path of the live directory, and RENEWED_DOMAINS, the names of the new
 * certificate with blanks between them. Hooks that certbot runs later inherit
 * both from its last deploy hook, so they mean something in that hook alone.
 * Anybody can have put anything there.
 */
struct renewed {
	const char *lineage;	/* as they are; NULL: not there */
	const char *domains;
};

struct renewed renewed_from_environment(void);

/*
 * The names for the lineage NAME below LETSENCRYPT_DIRECTORY, "" when another
 * one was renewed or none. A list longer than RENEWED_DOMAINS_MAX octets, or
 * one that holds what no domain does, is "" too, after a warning.
 */
const char *renewed_domains(const struct renewed *renewed,
			    const char *letsencrypt_directory,
			    const char *name);
