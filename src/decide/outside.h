/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/*
 * What a resolver elsewhere says about an owner, held against what the servers
 * said. The release asks with the certificate that is to go into service,
 * check with the one that is; tell/ has the words. Pure.
 */
enum outside_view {
	OUTSIDE_AGREES,
	OUTSIDE_LACKS,		/* a set without a match for the certificate */
	OUTSIDE_STRANGE,	/* a set that no server is known to have had */
	OUTSIDE_EMPTY,		/* none: clients there do without DANE */
	OUTSIDE_SILENT,		/* not looked at */
};

enum outside_view outside_judge(const struct owner_facts *owner,
				const struct outside_answer *answer,
				const struct chain *chain);

/* A resolver that does not answer holds a release up for so long, and then no
 * longer: what it holds is not worth a certificate that expires. */
#define OUTSIDE_PATIENCE_MS (3600 * 1000)
