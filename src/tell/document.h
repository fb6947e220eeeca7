/* SPDX-License-Identifier: MIT */
#pragma once

#include <jansson.h>
#include <stdint.h>

/*
 * What --json prints: the documents of status, explain, check and print, which
 * dist/schema describes. Every object about a target has "schema", or the
 * document has, where it is an object itself; fields may be added without that
 * number being raised. A time is two fields, NAME as RFC 3339 has it and
 * NAME_ms, milliseconds since 1970; both are null where there is none. "time"
 * and "ms" are when it was so.
 */
#define DOCUMENT_SCHEMA 1

/* The two fields; TIME_MS is 0 where there is no time. */
json_t *document_time(int64_t time_ms);
json_t *document_ms(int64_t time_ms);

/* Gives OBJECT the first beside the second, which it has; nothing where it has
 * no such field. NULL as OBJECT is passed over. */
void document_add_time(json_t *object, const char *name);

/* Takes over TEXT. */
json_t *document_taken(char *text);

/* On standard output; whether it arrives stdout_end() tells. */
void document_print(const json_t *document);
