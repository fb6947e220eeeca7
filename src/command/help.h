/* SPDX-License-Identifier: MIT */
#pragma once

/* --help: what the tables of commands and options say, on standard output. */
void help_print(void);
