/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bounds.h"

/*
 * What a program of the operator's said (struct program's OUTPUT; NULL when
 * it never ran), for people. A line ends with a newline or a carriage return,
 * blanks around it are left out, and one that is longer than OUTPUT_LINE_MAX
 * octets is cut there.
 */

/* Every line that is not empty as a message "SUBJECT: LINE", for log level
 * verbose; after OUTPUT_LINES_MAX of them, how many more there were. */
void output_log(const char *subject, const char *output);

/* ": LINE", the last line that is not empty, as log_escape() writes it; ""
 * where there is none. Allocated. */
char *output_last_line(const char *output);
