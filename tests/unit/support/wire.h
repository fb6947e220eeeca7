/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/octets.h"
#include "dns/survey.h"

/* Reads all that there is and, where it is good, writes it again. */
typedef bool wire_again(struct octets_reader *reader, struct octets *again);

/* What OCTETS say is read, and written as it was. */
void expect_same(wire_again *again, const struct octets *octets);
/* It is refused. OCTETS are cleared. */
void expect_bad(wire_again *again, struct octets *octets);
/* So is every beginning of it, and what has an octet more. */
void expect_whole(wire_again *again, const struct octets *octets);
/* Whichever octet is another: it is refused, as at least one is, or taken as
 * something that can be written, and read as that. OCTETS are cleared. */
void expect_harmless(wire_again *again, struct octets *octets);

/* Fail the test where any field differs; DS may be a list or octets. */
void expect_same_text(const char *one, const char *other);
void expect_same_zone(const struct zone *one, const struct zone *other);
void expect_same_zones(const struct zones *one, const struct zones *other);
/* Of zones that are the same. */
void expect_same_owner(const struct survey_owner *one,
		       const struct survey_owner *other);
