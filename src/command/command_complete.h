/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"

/*
 * The complete command, which dist/completion/ calls: OPTIONS->arguments are
 * the words of a command line up to the cursor, without the program's own, the
 * last one being typed. On standard output stands what it may become:
 *   word WORD [HELP]   this word; HELP says what it is
 *   file TEXT          any file whose path begins with TEXT
 *   directory TEXT     any directory of that kind
 * TEXT is the end of the word; what stands before it stays. Nothing is read
 * but the names in certbot's directory, that of -C where there is one.
 */
command_function command_complete;
