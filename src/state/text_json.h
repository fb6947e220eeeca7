/* SPDX-License-Identifier: MIT */
#pragma once

#include <jansson.h>

/*
 * TEXT for JSON, in which nothing but UTF-8 may stand: what is not is shown
 * as text_to_utf8() shows it. NULL becomes null. For every text that comes
 * from outside; json_string() and "s" of json_pack() would give NULL for it.
 */
json_t *text_json(const char *text);
