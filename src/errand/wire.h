/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address_wire.h"
#include "base/bounds.h"
#include "dns/outside.h"
#include "dns/survey.h"

/*
 * What errands are given and bring back, as octets. What is taken was written
 * by a process that had to do with strangers: each text, number and pointer is
 * held against what it may be, and a fault makes the READER bad, never worse.
 * What was taken by then is cleared as always.
 */
#define WIRE_TEXT_MAX 65536
#define WIRE_SERVERS_MAX ADDRESSES_PER_ZONE_MAX

void wire_put_addresses(struct octets *octets,
			const struct address *addresses, size_t n);
struct address *wire_take_addresses(struct octets_reader *reader, size_t max,
				    size_t *count);
/* A canonical name; NULL only where it MAY_BE_NONE, else "." after a fault. */
char *wire_take_name(struct octets_reader *reader, bool may_be_none);
void wire_put_names(struct octets *octets, const char *const *names,
		    size_t n);
void wire_take_names(struct octets_reader *reader, struct texts *names);
void wire_put_record(struct octets *octets, const struct tlsa *record);
void wire_take_record(struct octets_reader *reader, struct tlsa *record);
void wire_put_set(struct octets *octets, const struct tlsa_set *set);
/* SET is empty. */
void wire_take_set(struct octets_reader *reader, struct tlsa_set *set);

/* ---- wire_zones.c ------------------------------------------------------ */

/* The DS records as octets, where nobody is to look into them. */
void wire_put_zone(struct octets *octets, const struct config *config,
		   const struct zone *zone);
/* NULL after a fault. OPENS: its DS records will be used. */
struct zone *wire_take_zone(struct octets_reader *reader,
			    const struct config *config, bool opens);
void wire_put_zones(struct octets *octets, const struct config *config,
		    const struct zones *zones);
/* For OWNER_COUNT owners; ZONES is empty. */
void wire_take_zones(struct octets_reader *reader,
		     const struct config *config, size_t owner_count,
		     bool opens, struct zones *zones);

/* ---- wire_survey.c ----------------------------------------------------- */

/* What was seen of one owner, in ZONE, which whoever takes it has as well. */
void wire_put_owner(struct octets *octets, const struct zone *zone,
		    const struct survey_owner *owner);
/* OWNER has its name and zone. Texts that it points to are added to DETAILS. */
void wire_take_owner(struct octets_reader *reader, const struct zone *zone,
		     struct survey_owner *owner, struct texts *details);
