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
 * show these. rollover_change.c asks this for targets with api = "exec". Pure.
 *
 * Worked through, A presented and B the goal, a and b of 3 1 1, a' and b' of
 * 3 0 1, two servers:
 *
 *	served at both	wanted		asked for now	because
 *	-		add a b		add a		b alone would deny A
 *	a		add b		add b		a stands beside it
 *	a, and -	add b		nothing yet	one has no a: there b
 *							would be alone
 *	a		add b a' b'	add b a'	a' begins 3 0 1 as a
 *							match; b' follows it
 *
 * and when B alone is presented:
 *
 *	a b		delete a	delete a	b stands beside it
 *	b a' b'		delete a' b'	delete a'	b' goes last: until
 *							then 3 0 1 matches B
 *
 * With A and B both presented and nothing served, a or b alone would deny the
 * other: no order is safe, and a person must change both at once.
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
