/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/tlsa.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The fields of a state file, one by one. The file is ours, but a full disk, a
 * restore or a hand may have been at it: each is checked, and one that is
 * wrong is named. READER is sticky: of several faults the first is told; what
 * is returned with a fault stands for nothing, but may be used.
 */
struct reader {
	char *fault;		/* NULL: all well so far; else the caller's */
};

/* FIELD is not as it should be: WANT is what it should be. */
void field_fault(struct reader *reader, const char *field, const char *want);

/* FIELD of OBJECT: 0 .. MAX. */
int64_t field_integer(struct reader *reader, const json_t *object,
		      const char *field, int64_t max);
/* .. milliseconds of some clock. */
int64_t field_clock(struct reader *reader, const json_t *object,
		    const char *field);
/* The same, and 0 where there is none. */
int64_t field_clock_or_0(struct reader *reader, const json_t *object,
			 const char *field);
bool field_flag(struct reader *reader, const json_t *object,
		const char *field);
/* Never NULL; of JSON, not to be freed. */
const char *field_text(struct reader *reader, const json_t *object,
		       const char *field);
/* Allocated, or NULL for null. */
char *field_optional_text(struct reader *reader, const json_t *object,
			  const char *field);
const json_t *field_list(struct reader *reader, const json_t *object,
			 const char *field);
/* A domain name in the form of name_parse(), allocated. */
char *field_name(struct reader *reader, const json_t *object,
		 const char *field);
/* False: null, or a fault. */
bool field_optional_leaf(struct reader *reader, const json_t *object,
			 const char *field, struct fingerprint *leaf);

/* A record as it is written. */
json_t *field_record_json(const struct tlsa *record);
/* JSON is one of a list: a record, to be cleared when this is true. */
bool field_record(struct reader *reader, const json_t *json,
		  struct tlsa *record);
/* JSON is called FIELD: milliseconds, or LEDGER_NEVER for null. */
int64_t field_time(struct reader *reader, const json_t *json,
		   const char *field);
