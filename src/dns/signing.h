/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/keyring.h"

/*
 * Asks for those who have no key: questions with a KEY, a path that KEYS has
 * loaded, are signed with that (RFC 8945), and of their replies only good ones
 * count, which are given without the signature; VERDICT says what came of it.
 * What is no query is never signed, whoever wants it. Called where an errand
 * asks (errand/desk.h). KEYS may be NULL: there are none.
 */
void signing_ask(struct world *world, const struct keyring *keys,
		 struct question *questions, size_t n);
