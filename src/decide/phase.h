/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/*
 * How far a target has come on its way from A to B. Nothing is decided on it;
 * `status` says it, beside what is waited for. Pure.
 */
enum phase {
	PHASE_UNMANAGED,	/* nothing is known to be in service */
	PHASE_UNPUBLISHED,	/* the primary does not show all that is needed
				   for what shall be in service in the end */
	PHASE_PUBLISHED,	/* it does, and B is not released */
	PHASE_RELEASED,		/* B is, and services may present A, which has
				   records */
	PHASE_LINGERING,	/* they were seen to present B; clients may be
				   about to use what they learned before */
	PHASE_SETTLING,		/* A is out of service; its records go, and
				   every server is to serve what is needed */
	PHASE_PINNED,		/* all is done, and the links are kept from
				   following live */
	PHASE_REST,		/* all is done */
	PHASE_REMOVING,		/* whatever it was: its management ends */
	PHASE_REMOVED,		/* that is over */
};

enum phase phase_find(const struct facts *facts);

/* The primary shows records of ours that nothing needs once only B is
 * presented. */
bool phase_is_to_delete(const struct facts *facts);

/* The certificate that it is about: B, or without one A. NULL: there is
 * none. */
const struct chain *phase_chain(const struct facts *facts);
