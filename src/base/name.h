/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Domain names are kept as canonical text: presentation format as ldns
 * writes it, lower case, absolute, with the final dot ("_25._tcp.mx.test.").
 * Two names are equal when their texts are, so they may be compared, sorted
 * and stored as they are.
 */

/* Canonical copy of TEXT (final dot optional), owned by the caller; NULL
 * when TEXT is no legal name (RFC 1035: labels of 1..63, 255 in all). */
char *name_parse(const char *text);

/* The name without its first label, a pointer into NAME; NULL for ".". */
const char *name_parent(const char *name);

/* NAME is ANCESTOR or lies below it. */
bool name_is_within(const char *name, const char *ancestor);

/* As certificates, TLS and other programs write it, without the final dot;
 * the root keeps it. Allocated. */
char *name_undotted(const char *name);

/* "*.example.com." and the like, RFC 4592 section 2.1.1. */
bool name_is_wildcard(const char *name);

/* Number of labels; the root has 0. */
size_t name_labels(const char *name);
