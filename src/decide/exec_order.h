/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/owner.h"

/*
 * An UPDATE changes a whole RRset at one instant; a program changes one
 * record at a time, and when each of them shows, and at which server first,
 * nobody knows. So it is only ever asked for changes of which any part, in
 * any order, leaves each of CHAINS (those that services may present; NULL
 * entries are passed over) with a match in every combination of usage,
 * selector and matching type that has one. The rest comes when the servers
 * show these. Pure.
 */

/*
 * Out of ADD, what may be asked for now: records that stand beside others of
 * their combination, and records that match all of CHAINS, with which alone a
 * combination may begin. *BLOCKED: there are some that no order makes safe.
 */
struct tlsa_set exec_order_add(const struct owner_facts *owner,
			       const struct tlsa_set *add,
			       const struct chains *chains, bool *blocked);

/*
 * Out of REMOVE, what may be asked for now: where a combination ends, those
 * that match CHAINS go last. *BLOCKED as above.
 */
struct tlsa_set exec_order_remove(const struct owner_facts *owner,
				  const struct tlsa_set *remove,
				  const struct chains *chains, bool *blocked);
