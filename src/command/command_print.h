/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"

/*
 * The print command, on standard output. Without arguments: a zone file line
 * "OWNER IN TLSA U S M HEX" for every configured record, from what live/NAME
 * shows. Each argument "USM:WHAT" gives the data "U S M HEX" of
 *   FILE          a chain in PEM (a path with a slash, or a file that is there)
 *   NAME          the live version of a lineage
 *   archive/NAME  every chain in the archive of a lineage, oldest first,
 *                 each with a comment that says which
 * With --json an array of objects. What cannot be had is reported, the rest
 * is printed all the same, and the result is EXIT_FAILED.
 */
command_function command_print;
