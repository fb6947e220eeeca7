/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a program of the operator's said (struct program's OUTPUT; NULL when
 * it never ran), for people.
 */

/* Every line as a message "SUBJECT: LINE", for log level verbose. */
void output_log(const char *subject, const char *output);

/* ": LINE", the last line that is not blank, cut after OUTPUT_LINE_MAX
 * octets; "" where there is none. Allocated. */
#define OUTPUT_LINE_MAX 200
char *output_last_line(const char *output);
